package org.sparklora.train.step;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.sparklora.train.optimizer.SubVector;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import org.sparklora.util.InvalidInputException;

/**
 * The groups' states from which a run continues.
 *
 * @param states in the order of the run's groups; empty at the start
 */
record SavedGroups(List<OptimizerState.Group> states) {
  /** The states at the start of a run: none. */
  static final SavedGroups NONE = new SavedGroups(List.of());

  /**
   * Finds each group's state.
   *
   * @throws InvalidInputException (DATA) when the state is of an adapter of another size or of
   *     other groups
   */
  static SavedGroups of(OptimizerState saved, List<ParameterGroup> groups) {
    int parameters = ParameterGroup.values(groups).size();
    int before = saved.values().length;
    if (before != parameters || saved.ema().filter(ema -> ema.length != parameters).isPresent()) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Cannot resume: the saved adapter has %d values and this one %d; train with the rank"
                  + " and targets the checkpoint was made with.",
              before,
              parameters));
    }
    if (groups.size() == 1 && !saved.isGrouped()) {
      return new SavedGroups(saved.groups());
    }
    List<OptimizerState.Group> states = new ArrayList<>();
    for (ParameterGroup group : groups) {
      String ranges = new SubVector(group.tensors()).ranges();
      saved.groups().stream()
          .filter(state -> state.name().equals(group.name()) && state.ranges().equals(ranges))
          .forEach(states::add);
    }
    if (states.size() != groups.size() || states.size() != saved.groups().size()) {
      throw otherGroups(saved.groups(), groups);
    }
    return new SavedGroups(states);
  }

  private static InvalidInputException otherGroups(
      List<OptimizerState.Group> before, List<ParameterGroup> now) {
    return InvalidInputException.data(
        String.format(
            Locale.ROOT,
            "Cannot resume: the checkpoint's optimizer has the groups %s and this run %s; train"
                + " with the learning rates and the trained parts the checkpoint was made with.",
            before.stream()
                .map(group -> text(group.name(), group.ranges()))
                .sorted(Comparator.naturalOrder())
                .collect(Collectors.joining(", ")),
            now.stream()
                .map(group -> text(group.name(), new SubVector(group.tensors()).ranges()))
                .sorted(Comparator.naturalOrder())
                .collect(Collectors.joining(", "))));
  }

  private static String text(String name, String ranges) {
    return String.format(
        Locale.ROOT, "%s (values %s)", name.isEmpty() ? "of a single one" : name, ranges);
  }

  /** The groups with their saved states. */
  List<GroupUpdates> updates(List<ParameterGroup> groups, UpdateRuleConfig rule, float[] adapter) {
    ParameterGroup.requirePartition(groups, adapter.length);
    List<GroupUpdates> updates = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      Optional<OptimizerState.Group> state =
          states.isEmpty() ? Optional.empty() : Optional.of(states.get(i));
      updates.add(new GroupUpdates(groups.get(i), rule, adapter, state));
    }
    return List.copyOf(updates);
  }
}
