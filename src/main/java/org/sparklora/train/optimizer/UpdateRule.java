package org.sparklora.train.optimizer;

import java.util.List;
import java.util.Optional;
import org.sparklora.util.InvalidInputException;

/**
 * How one gradient moves the adapter, on the driver and in fp32. The bits depend on no number of
 * threads: values are computed each by itself, and sums are taken over pieces of fixed size, added
 * in order.
 *
 * <p>Not thread-safe: one thread makes the updates.
 */
public sealed interface UpdateRule permits AdamW, AdamW8bit, Lion, Adafactor, Prodigy {
  /**
   * What an update gave.
   *
   * @param values the parameters after it, in a new array
   * @param learningRate the rate it used, where the rule has a say in it
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

  /** Everything {@link #of} needs to go on, in arrays of its own. */
  UpdateRuleState state();

  /**
   * The rule of a configuration.
   *
   * @param tensors what the flat vector is made of
   * @param start the values training starts from
   * @param saved the state to go on from; empty at the start
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
    } else if (config instanceof UpdateRuleConfig.Lion c) {
      return new Lion(c, saved.orElseGet(() -> Lion.initial(n)), n);
    } else if (config instanceof UpdateRuleConfig.Adafactor c) {
      return new Adafactor(c, tensors, saved);
    } else if (config instanceof UpdateRuleConfig.Prodigy c) {
      return new Prodigy(c, saved.orElseGet(() -> Prodigy.initial(c, start)), n);
    }
    throw new IllegalArgumentException("no rule for " + config);
  }
}
