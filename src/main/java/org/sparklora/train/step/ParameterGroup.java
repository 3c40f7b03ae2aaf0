package org.sparklora.train.step;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.sparklora.train.optimizer.ParameterTensor;
import org.sparklora.train.optimizer.SubVector;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import org.sparklora.train.rate.LearningRateSchedule;

/**
 * Tensors of the adapter that are trained alike, with their own learning rate and in a span of the
 * run's steps. Outside that span the tensors, their optimizer's state and their update clock do not
 * change.
 *
 * @param name unique among a run's groups, without a slash; it is part of the checkpoint's keys
 * @param tensors of the flat vector; need not lie side by side
 * @param schedule learning rate by the group's own updates, from 0
 * @param firstStep first step in which the group is trained
 * @param endStep first step after that in which it is not
 * @param weightDecay its own; {@link #OF_THE_RULE} for that of the run's update rule
 */
public record ParameterGroup(
    String name,
    List<ParameterTensor> tensors,
    LearningRateSchedule schedule,
    long firstStep,
    long endStep,
    double weightDecay)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The end step of a group that is trained until the run ends. */
  public static final long ALWAYS = Long.MAX_VALUE;

  /** Stands for the weight decay of the run's update rule. */
  static final double OF_THE_RULE = -1;

  private static final String WHOLE = "adapter";

  public ParameterGroup {
    tensors = List.copyOf(tensors);
    if (name.isEmpty() || name.contains("/")) {
      throw new IllegalArgumentException("a group named '" + name + "'");
    }
    if (tensors.isEmpty() || firstStep < 0 || endStep <= firstStep) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "group %s of %d tensors in steps %d to %d",
              name,
              tensors.size(),
              firstStep,
              endStep));
    }
  }

  /** A group with the weight decay of the update rule. */
  public ParameterGroup(
      String name,
      List<ParameterTensor> tensors,
      LearningRateSchedule schedule,
      long firstStep,
      long endStep) {
    this(name, tensors, schedule, firstStep, endStep, OF_THE_RULE);
  }

  /** The same group with a weight decay of its own. */
  ParameterGroup decayedBy(double otherDecay) {
    return new ParameterGroup(name, tensors, schedule, firstStep, endStep, otherDecay);
  }

  /** The update rule of a run, as it is for this group. */
  UpdateRuleConfig rule(UpdateRuleConfig ofRun) {
    return weightDecay == OF_THE_RULE ? ofRun : ofRun.decayedBy(weightDecay);
  }

  /** A group that is trained in every step. */
  public ParameterGroup(String name, List<ParameterTensor> tensors, LearningRateSchedule schedule) {
    this(name, tensors, schedule, 0, ALWAYS);
  }

  /** The only group of an adapter. */
  static List<ParameterGroup> whole(List<ParameterTensor> tensors, LearningRateSchedule schedule) {
    return List.of(new ParameterGroup(WHOLE, tensors, schedule));
  }

  /** Whether a step, from 0, trains this group. */
  public boolean isTrainedIn(long step) {
    return firstStep <= step && step < endStep;
  }

  /**
   * Refuses groups that leave out some of an adapter's values, or that train the same value twice
   * in one step.
   *
   * @param parameters length of the flat vector
   */
  static void requirePartition(List<ParameterGroup> groups, int parameters) {
    if (groups.stream().map(ParameterGroup::name).distinct().count() != groups.size()) {
      throw new IllegalArgumentException("two groups of one name: " + names(groups));
    }
    for (ParameterGroup group : groups) {
      List<ParameterGroup> together =
          groups.stream().filter(other -> other.isTrainedIn(group.firstStep())).toList();
      if (together.stream().mapToInt(ParameterGroup::size).sum() != values(together).size()) {
        throw new IllegalArgumentException("groups that train the same values: " + names(together));
      }
    }
    String ranges = values(groups).ranges();
    if (!ranges.equals("0-" + parameters)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "groups %s hold values %s of %d", names(groups), ranges, parameters));
    }
  }

  private int size() {
    return ParameterTensor.total(tensors);
  }

  /** All values that any of the groups trains. */
  static SubVector values(List<ParameterGroup> groups) {
    SortedMap<Integer, ParameterTensor> byOffset = new TreeMap<>();
    groups.forEach(
        group -> group.tensors().forEach(tensor -> byOffset.put(tensor.offset(), tensor)));
    return new SubVector(List.copyOf(byOffset.values()));
  }

  private static List<String> names(List<ParameterGroup> groups) {
    return groups.stream().map(ParameterGroup::name).toList();
  }
}
