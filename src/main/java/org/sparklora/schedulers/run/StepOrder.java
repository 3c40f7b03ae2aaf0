package org.sparklora.schedulers.run;

/** Checks the order of a run: each step must be taken once, from the first chosen one on. */
public final class StepOrder {
  private final int steps;
  private int first;
  private int next;

  public StepOrder(int steps) {
    this.steps = steps;
  }

  /**
   * Leaves out the steps before {@code index}.
   *
   * @throws IllegalArgumentException if a step was taken already, or there is no such step
   */
  public void startAt(int index) {
    if (next != first || index < 0 || index >= steps) {
      throw new IllegalArgumentException(
          "cannot start at step " + index + " of " + steps + " where " + next + " is next");
    }
    first = index;
    next = index;
  }

  /** The number of steps that were taken before this one. */
  public int taken(int index) {
    return index - first;
  }

  public void take(int index) {
    if (index != next || index >= steps) {
      throw new IllegalArgumentException(
          "step " + index + " of " + steps + " taken where " + next + " is next");
    }
    next++;
  }
}
