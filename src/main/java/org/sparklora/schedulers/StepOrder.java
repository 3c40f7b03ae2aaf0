package org.sparklora.schedulers;

/** Holds a run to its order: each step once, from the first on. */
final class StepOrder {
  private final int steps;
  private int next;

  StepOrder(int steps) {
    this.steps = steps;
  }

  void take(int index) {
    if (index != next || index >= steps) {
      throw new IllegalArgumentException(
          "step " + index + " of " + steps + " taken where " + next + " is next");
    }
    next++;
  }
}
