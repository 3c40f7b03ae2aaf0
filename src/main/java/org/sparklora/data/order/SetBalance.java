package org.sparklora.data.order;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Data sets for regularisation, of which an epoch has as many pictures as of those that are trained
 * on. As in kohya's sd-scripts they are taken in their order, each with its repeats, until there
 * are enough. If there are too few, each picture appears once more in turn.
 *
 * @param training numbers of the data sets that are trained on
 * @param regularisation numbers of those that are brought to the same number
 */
public record SetBalance(List<Integer> training, List<Integer> regularisation) {
  public SetBalance {
    training = List.copyOf(training);
    regularisation = List.copyOf(regularisation);
  }

  /**
   * Sets the appearances of regularisation samples.
   *
   * @param appearances of each run, with its repeats
   * @param samples of each run
   * @param sets the data set of each run
   */
  void level(long[] appearances, long[] samples, int[] sets) {
    long rest = training.stream().mapToLong(set -> sum(appearances, sets, set)).sum();
    long pictures = regularisation.stream().mapToLong(set -> sum(samples, sets, set)).sum();
    long[] taken = new long[regularisation.size()];
    for (int i = 0; i < taken.length; i++) {
      taken[i] = Math.min(rest, sum(appearances, sets, regularisation.get(i)));
      rest -= taken[i];
    }
    long left = rest % pictures;
    for (int i = 0; i < taken.length; i++) {
      long own = sum(samples, sets, regularisation.get(i));
      taken[i] += own * (rest / pictures) + Math.min(own, left);
      left -= Math.min(own, left);
      spread(taken[i], own, regularisation.get(i), appearances, samples, sets);
    }
  }

  /** Spreads a data set's appearances evenly over its runs, which differ in size. */
  private static void spread(
      long taken, long pictures, int set, long[] appearances, long[] samples, int[] sets) {
    long left = taken % pictures;
    long before = 0;
    for (int run = 0; run < sets.length; run++) {
      if (sets[run] == set) {
        long after = before + samples[run];
        appearances[run] =
            samples[run] * (taken / pictures) + left * after / pictures - left * before / pictures;
        before = after;
      }
    }
  }

  private static long sum(long[] counts, int[] sets, int set) {
    return IntStream.range(0, sets.length)
        .filter(run -> sets[run] == set)
        .mapToLong(run -> counts[run])
        .sum();
  }
}
