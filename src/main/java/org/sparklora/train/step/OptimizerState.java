package org.sparklora.train.step;

import java.util.List;
import java.util.Optional;
import org.sparklora.train.optimizer.UpdateRuleState;

/**
 * All that the driver needs to go on exactly where it was.
 *
 * @param step the next step, from 0
 * @param values the adapter, {@code float[parameters]}
 * @param groups what each group of tensors remembers; the name of a single one does not matter
 * @param ema the running average of the adapter, {@code float[parameters]}; empty without {@code
 *     --use_ema}
 * @param lossScale the loss scale of the next step
 * @param stepsSinceScaleChange steps without overflow since the loss scale last changed
 * @param skippedSteps steps of the run whose gradient was not finite though the loss scale was not
 *     to blame
 */
public record OptimizerState(
    long step,
    float[] values,
    List<Group> groups,
    Optional<float[]> ema,
    float lossScale,
    int stepsSinceScaleChange,
    long skippedSteps) {

  /**
   * A group's part.
   *
   * @param name the group's
   * @param ranges which values of the adapter it has, as {@code SubVector.ranges} writes them
   * @param updates updates made so far: steps in which it was trained, without the skipped ones
   * @param rule what its update rule remembers
   */
  public record Group(String name, String ranges, long updates, UpdateRuleState rule) {}

  public OptimizerState {
    groups = List.copyOf(groups);
  }

  /** The state of a run that skipped nothing. */
  public OptimizerState(
      long step,
      float[] values,
      List<Group> groups,
      Optional<float[]> ema,
      float lossScale,
      int stepsSinceScaleChange) {
    this(step, values, groups, ema, lossScale, stepsSinceScaleChange, 0);
  }

  /**
   * The state of an adapter that is one group.
   *
   * @param updates of it
   * @param rule of it
   */
  public OptimizerState(
      long step,
      long updates,
      float[] values,
      UpdateRuleState rule,
      Optional<float[]> ema,
      float lossScale,
      int stepsSinceScaleChange) {
    this(
        step,
        values,
        List.of(new Group("", "0-" + values.length, updates, rule)),
        ema,
        lossScale,
        stepsSinceScaleChange);
  }

  /** Whether the adapter is more than one group. */
  public boolean isGrouped() {
    return groups.size() > 1;
  }
}
