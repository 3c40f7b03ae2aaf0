package org.sparklora.report.history;

import org.sparklora.train.step.TimeSplit;

/**
 * One submission of a run.
 *
 * @param number from 1
 * @param applicationId Spark's
 * @param startedAt epoch milliseconds, as all times here
 * @param heardAt time of its last event
 * @param firstStep number of steps trained before it
 * @param step number of steps trained at its last event
 * @param steps number of steps it computed itself
 * @param workerSeconds sum over its steps of wall time times workers
 * @param images number of pictures pushed through the network
 * @param split where the time of its steps went, summed
 * @param end how it ended
 */
public record Attempt(
    int number,
    String applicationId,
    long startedAt,
    long heardAt,
    long firstStep,
    long step,
    long steps,
    double workerSeconds,
    long images,
    TimeSplit split,
    End end) {
  public Attempt {
    split = split == null ? TimeSplit.NONE : split; // absent in a history of an earlier version
  }

  /** How an attempt ended. */
  public enum End {
    RUNNING,
    FINISHED,
    FAILED,
    /** A signal told it to end. */
    KILLED,
    /** It stopped without an event, and another attempt followed. */
    LOST
  }

  static Attempt start(int number, String applicationId, long at) {
    return new Attempt(number, applicationId, at, at, 0, 0, 0, 0, 0, TimeSplit.NONE, End.RUNNING);
  }

  Attempt from(long firstStep) {
    return with(heardAt, firstStep, firstStep, new Work(steps, workerSeconds, images, split), end);
  }

  Attempt stepped(long step, double workerSeconds, long images, TimeSplit split) {
    Work sum =
        new Work(
            steps + 1,
            this.workerSeconds + workerSeconds,
            this.images + images,
            this.split.plus(split));
    return with(heardAt, firstStep, step, sum, end);
  }

  Attempt heard(long at) {
    return with(
        Math.max(heardAt, at), firstStep, step, new Work(steps, workerSeconds, images, split), end);
  }

  Attempt ended(End end) {
    return with(heardAt, firstStep, step, new Work(steps, workerSeconds, images, split), end);
  }

  /** The sums over an attempt's steps. */
  private record Work(long steps, double workerSeconds, long images, TimeSplit split) {}

  private Attempt with(long heard, long first, long step, Work work, End end) {
    return new Attempt(
        number,
        applicationId,
        startedAt,
        heard,
        first,
        step,
        work.steps(),
        work.workerSeconds(),
        work.images(),
        work.split(),
        end);
  }
}
