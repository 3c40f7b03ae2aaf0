package org.sparklora.train.optimizer;

import java.util.List;
import java.util.Optional;
import org.sparklora.util.InvalidInputException;

/**
 * A rule by which a gradient changes the adapter, on the driver and in fp32. The bits do not depend
 * on the number of threads: each value is computed separately, and sums are taken over pieces of
 * fixed size that are added in order.
 *
 * <p>Not thread-safe: one thread makes the updates.
 */
public sealed interface UpdateRule
    permits AdamW, AdamW8bit, ScheduleFree, Lion, Adafactor, Came, Muon, Prodigy, ProdigyPlus {
  /**
   * The result of an update.
   *
   * @param values the parameters after it, in a new array
   * @param learningRate the rate that was used; it may be the rule's own
   */
  record Update(float[] values, double learningRate) {}

  /**
   * Makes one update.
   *
   * @param parameters {@code float[parameters]}, left as they are
   * @param gradient {@code float[parameters]}, finite
   * @param learningRate of the schedule
   * @param number of this update, from 1
   */
  Update update(float[] parameters, float[] gradient, double learningRate, long number);

  /**
   * The values to use in place of those that are trained, such as their average.
   *
   * @param parameters the trained values, left as they are
   */
  default float[] used(float[] parameters) {
    return parameters;
  }

  /** The state that {@link #of} needs to continue, in new arrays. */
  UpdateRuleState state();

  /**
   * The rule of a configuration.
   *
   * @param tensors the tensors that make up the flat vector
   * @param start values from which training starts
   * @param saved state to continue from; empty at the start
   * @throws InvalidInputException (DATA) when the state is of another rule or another adapter
   */
  static UpdateRule of(
      UpdateRuleConfig config,
      List<ParameterTensor> tensors,
      float[] start,
      Optional<UpdateRuleState> saved) {
    int n = start.length;
    if (config instanceof UpdateRuleConfig.AdamW c) {
      return new AdamW(c, saved.orElseGet(() -> AdamW.initial(n)), n);
    } else if (config instanceof UpdateRuleConfig.AdamW8bit c) {
      return new AdamW8bit(c, tensors, saved);
    } else if (config instanceof UpdateRuleConfig.ScheduleFree c) {
      return new ScheduleFree(c, saved.orElseGet(() -> ScheduleFree.initial(start)), n);
    } else if (config instanceof UpdateRuleConfig.Muon c) {
      return new Muon(c, tensors, n, saved);
    } else if (config instanceof UpdateRuleConfig.Came c) {
      return new Came(c, tensors, n, saved);
    } else if (config instanceof UpdateRuleConfig.Lion c) {
      return new Lion(c, saved.orElseGet(() -> Lion.initial(n)), n);
    } else if (config instanceof UpdateRuleConfig.Adafactor c) {
      return new Adafactor(c, tensors, saved);
    } else if (config instanceof UpdateRuleConfig.Prodigy c) {
      return new Prodigy(c, saved.orElseGet(() -> Prodigy.initial(c, start)), n);
    } else if (config instanceof UpdateRuleConfig.ProdigyPlus c) {
      return new ProdigyPlus(c, tensors, start, saved);
    }
    throw new IllegalArgumentException("no rule for " + config);
  }
}
