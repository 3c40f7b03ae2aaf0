package org.sparklora.train.step;

import java.util.Optional;
import org.sparklora.train.optimizer.SubVector;
import org.sparklora.train.optimizer.UpdateRule;
import org.sparklora.train.optimizer.UpdateRuleConfig;

/**
 * A group with its update rule and clock.
 *
 * <p>A group that is the whole adapter works on the flat vector itself. Any other group gathers its
 * values from it.
 */
final class GroupUpdates {
  private final ParameterGroup group;
  private final SubVector part;
  private final boolean whole;
  private final UpdateRule rule;
  private long updates;

  /**
   * @param adapter values from which training starts or continues
   * @param saved state of the group to continue from; empty at the start
   */
  GroupUpdates(
      ParameterGroup group,
      UpdateRuleConfig config,
      float[] adapter,
      Optional<OptimizerState.Group> saved) {
    this.group = group;
    this.part = new SubVector(group.tensors());
    this.whole = part.size() == adapter.length;
    this.rule =
        UpdateRule.of(
            group.rule(config),
            whole ? group.tensors() : part.gathered(),
            whole ? adapter : part.gather(adapter),
            saved.map(OptimizerState.Group::rule));
    this.updates = saved.map(OptimizerState.Group::updates).orElse(0L);
  }

  String name() {
    return group.name();
  }

  /** Number of updates made so far. */
  long updates() {
    return updates;
  }

  boolean isTrainedIn(long step) {
    return group.isTrainedIn(step);
  }

  /** The schedule's rate for the next update. */
  double rate() {
    return group.schedule().rate(updates);
  }

  boolean isWhole() {
    return whole;
  }

  /** Copies the group's values from one vector into another. */
  void copy(float[] from, float[] to) {
    part.scatter(part.gather(from), to);
  }

  /**
   * Makes the next update.
   *
   * @param adapter before the step, left as it is
   * @param gradient of the adapter
   * @return the group's values after it
   */
  UpdateRule.Update update(float[] adapter, float[] gradient) {
    double rate = rate();
    updates++;
    return whole
        ? rule.update(adapter, gradient, rate, updates)
        : rule.update(part.gather(adapter), part.gather(gradient), rate, updates);
  }

  /**
   * The adapter with the group's values in their places.
   *
   * @param adapter changed, unless the group is all of it
   */
  float[] put(float[] values, float[] adapter) {
    if (whole) {
      return values;
    }
    part.scatter(values, adapter);
    return adapter;
  }

  /**
   * The adapter with the values to use in place of those that are trained.
   *
   * @param adapter changed, unless the group is all of it
   */
  float[] used(float[] adapter) {
    return put(rule.used(whole ? adapter : part.gather(adapter)), adapter);
  }

  OptimizerState.Group export() {
    return new OptimizerState.Group(group.name(), part.ranges(), updates, rule.state());
  }
}
