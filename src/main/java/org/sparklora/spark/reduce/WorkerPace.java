package org.sparklora.spark.reduce;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Measures how long each worker takes for a micro-batch, to find a worker that delays the others.
 */
final class WorkerPace {
  /** Number of steps that must have been seen; the pace is averaged over them. */
  static final int STEPS = 8;

  /** A worker is slow if it takes this many times the others' median. */
  static final double SLOW = 2;

  /**
   * The least seconds a micro-batch for which a comparison makes sense; shorter times are mostly
   * noise.
   */
  private static final double LEAST_SECONDS = 0.1;

  private final double[] seconds;
  private final int[] steps;

  WorkerPace(int workers) {
    this.seconds = new double[workers];
    this.steps = new int[workers];
  }

  /** A worker that computes far slower than the others. */
  record Slow(int worker, double seconds, double median) {
    String text(String place) {
      return String.format(
          Locale.ROOT,
          "Slow worker %d on %s: %.2f s a micro-batch, %.1f times the median %.2f s of the others;"
              + " every step waits for it",
          worker,
          place,
          seconds,
          seconds / median,
          median);
    }
  }

  /**
   * Adds the time that a worker took for a micro-batch, between the driver's answer and its push.
   */
  void add(int worker, double secondsPerMicroBatch) {
    int weight = Math.min(++steps[worker], STEPS);
    seconds[worker] += (secondsPerMicroBatch - seconds[worker]) / weight;
  }

  /** Forgets a worker's past: a new attempt may run elsewhere. */
  void forget(int worker) {
    steps[worker] = 0;
    seconds[worker] = 0;
  }

  /** The slowest worker among those that have computed for long enough; empty if it is not slow. */
  Optional<Slow> slow() {
    int slowest = -1;
    for (int i = 0; i < seconds.length; i++) {
      if (steps[i] >= STEPS && (slowest < 0 || seconds[i] > seconds[slowest])) {
        slowest = i;
      }
    }
    int worker = slowest;
    double[] others =
        java.util.stream.IntStream.range(0, seconds.length)
            .filter(i -> i != worker && steps[i] >= STEPS)
            .mapToDouble(i -> seconds[i])
            .toArray();
    if (others.length == 0 || seconds[worker] < LEAST_SECONDS) {
      return Optional.empty();
    }
    Arrays.sort(others);
    double median = others[others.length / 2];
    return seconds[worker] >= SLOW * median
        ? Optional.of(new Slow(worker, seconds[worker], median))
        : Optional.empty();
  }
}
