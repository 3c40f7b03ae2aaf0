package org.sparklora.schedulers;

/** Holds a run to its order: each step once, from the first chosen on. */
final class StepOrder {
  private final int steps;
  private int first;
  private int next;

  StepOrder(int steps) {
    this.steps = steps;
  }

  /** Leaves out the steps before. */
  void startAt(int index) {
    if (next != first || index < 0 || index >= steps) {
      throw new IllegalArgumentException(
          "cannot start at step " + index + " of " + steps + " where " + next + " is next");
    }
    first = index;
    next = index;
  }

  /** How many steps were taken before this one. */
  int taken(int index) {
    return index - first;
  }

  void take(int index) {
    if (index != next || index >= steps) {
      throw new IllegalArgumentException(
          "step " + index + " of " + steps + " taken where " + next + " is next");
    }
    next++;
  }
}
