package org.sparklora.spark.tune;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/**
 * Successive halving (Jamieson and Talwalkar 2016): all trials are trained to the first rung, the
 * best of them to the second, and so on to the last step.
 *
 * @param steps of the rungs; the last one is the end of training
 * @param divisor of the number of trials from rung to rung; 1 if all go on
 */
record Rungs(List<Long> steps, int divisor) {
  Rungs {
    steps = List.copyOf(steps);
  }

  /** A trial's loss at a rung. */
  record Score(int trial, double loss) {}

  /**
   * The rungs of so many trials: as many as it takes until few are left. At each, the steps are
   * those of the next one divided by the divisor.
   *
   * @param total steps of training
   */
  static Rungs of(long total, int trials, OptionalInt halving) {
    if (halving.isEmpty()) {
      return new Rungs(List.of(total), 1);
    }
    int divisor = halving.getAsInt();
    List<Long> steps = new ArrayList<>(List.of(total));
    for (int left = trials / divisor; left > 0; left /= divisor) {
      long earlier = (steps.get(0) + divisor - 1) / divisor;
      if (earlier == steps.get(0)) {
        break; // steps are few
      }
      steps.add(0, earlier);
    }
    return new Rungs(steps, divisor);
  }

  /** Number of steps of all trials, if none fails. */
  long stepsOfAll(int trials) {
    long all = 0;
    long before = 0;
    int left = trials;
    for (long rung : steps) {
      all += left * (rung - before);
      before = rung;
      left = kept(left);
    }
    return all;
  }

  private int kept(int trials) {
    return Math.max(1, (trials + divisor - 1) / divisor);
  }

  /** The best first; of trials with the same loss, the one with the lower number. */
  static List<Score> ranked(List<Score> scores) {
    return scores.stream()
        .sorted(Comparator.comparingDouble(Score::loss).thenComparingInt(Score::trial))
        .toList();
  }

  /** The trials that go on after a rung that is not the last, in the order of their numbers. */
  List<Integer> goOn(List<Score> scores, int trials) {
    return ranked(scores).stream().limit(kept(trials)).map(Score::trial).sorted().toList();
  }
}
