package org.sparklora.spark.prepare;

import java.util.ArrayList;
import java.util.List;
import org.sparklora.data.row.RowRange;

/**
 * Which task encodes which ranges. A row group without a page index is read once by each task that
 * has a range of it. So one task takes all of them, if there are as many such row groups as slots.
 * With fewer the slots share them: encoding takes longer than reading.
 */
final class RangeTasks {
  private RangeTasks() {}

  /**
   * The numbers of the ranges of each task, in order.
   *
   * @param tasks the most tasks
   * @param slots how many of them run at a time
   */
  static List<List<Integer>> of(List<RowRange> ranges, int tasks, int slots) {
    List<List<Integer>> together = new ArrayList<>();
    List<List<Integer>> each = new ArrayList<>();
    for (int number = 0; number < ranges.size(); number++) {
      if (number == 0 || !ranges.get(number).followsOn()) {
        together.add(new ArrayList<>());
      }
      together.get(together.size() - 1).add(number);
      each.add(List.of(number));
    }
    if (together.size() == each.size()) {
      return slices(each, tasks);
    }
    return together.size() >= slots
        ? slices(together, tasks)
        : slices(each, Math.min(tasks, slots));
  }

  private static List<List<Integer>> slices(List<List<Integer>> units, int wanted) {
    int tasks = Math.min(wanted, units.size());
    List<List<Integer>> slices = new ArrayList<>();
    for (int task = 0; task < tasks; task++) {
      int from = (int) ((long) units.size() * task / tasks);
      int to = (int) ((long) units.size() * (task + 1) / tasks);
      // a list that Kryo can write, too
      slices.add(new ArrayList<>(units.subList(from, to).stream().flatMap(List::stream).toList()));
    }
    return slices;
  }
}
