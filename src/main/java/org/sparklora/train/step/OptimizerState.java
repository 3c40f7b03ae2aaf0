package org.sparklora.train.step;

import java.util.List;
import java.util.Optional;
import org.sparklora.train.optimizer.UpdateRuleState;

/**
 * The state that the driver needs to continue exactly where it was.
 *
 * @param step the next step, from 0
 * @param values the adapter, {@code float[parameters]}
 * @param groups state of each group of tensors; the name of a single group does not matter
 * @param ema the running average of the adapter, {@code float[parameters]}; empty without {@code
 *     --use_ema}
 * @param lossScale the loss scale of the next step
 * @param stepsSinceScaleChange steps without overflow since the loss scale last changed
 * @param skippedSteps steps of the run whose gradient was not finite for another reason than the
 *     loss scale
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
   * The state of a group.
   *
   * @param name of the group
   * @param ranges of the adapter's values that it has, as {@code SubVector.ranges} writes them
   * @param updates number of updates so far: steps in which it was trained, without the skipped
   *     ones
   * @param rule state of its update rule
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
   * @param updates number of updates so far
   * @param rule state of its update rule
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
