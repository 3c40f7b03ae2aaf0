package org.sparklora.data.order;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How often an epoch has the samples of a cache. The cache has them in runs: samples of one size
 * and of one data set follow one another.
 *
 * @param sizes the number of each run's size, from 0; runs of one size follow one another
 * @param repeats how often an epoch has each of a run's samples, at least 1
 * @param sets the number of each run's data set, from 0
 * @param balances the data sets for regularisation, whose repeats they change
 */
public record Appearances(int[] sizes, int[] repeats, int[] sets, List<SetBalance> balances) {
  public Appearances {
    balances = List.copyOf(balances);
  }

  /** Runs without regularisation. */
  public Appearances(int[] sizes, int[] repeats) {
    this(sizes, repeats, new int[sizes.length], List.of());
  }

  /** Each sample once, and each run of a size of its own: one data set. */
  public static Appearances once(int runs) {
    return new Appearances(
        IntStream.range(0, runs).toArray(), IntStream.generate(() -> 1).limit(runs).toArray());
  }

  /**
   * The order of a run's samples.
   *
   * @param samples number of samples of each run that are trained on
   * @param batch samples of a micro-batch
   */
  public SampleOrder order(long seed, long[] samples, int batch) {
    if (isOnce()) {
      return SampleOrder.of(seed, samples, batch);
    }
    long[] counts = counts(samples);
    return of(SampleOrder.of(seed, ofEachSize(counts), batch), samples, counts);
  }

  /**
   * The order of samples of one size that are paired with those of another data set.
   *
   * @param others number of samples of the other
   */
  public SampleOrder orderBeside(long seed, long[] samples, long others) {
    SampleOrder order = SampleOrder.beside(seed, count(samples), others);
    return isOnce() ? order : of(order, samples, counts(samples));
  }

  /**
   * The split of a cache into training and held-out samples. Nothing is held out of data sets for
   * regularisation.
   *
   * @param samples number of samples of each run
   * @param fraction {@code --validation_split}
   */
  public HeldOutSplit split(long seed, long[] samples, double fraction) {
    return new HeldOutSplit(seed, samples, fraction, run -> !isRegularisation(run));
  }

  /** The number of appearances in an epoch. */
  public long count(long[] samples) {
    return Arrays.stream(counts(samples)).sum();
  }

  private SampleOrder of(SampleOrder appearances, long[] samples, long[] counts) {
    boolean[] regularisation = new boolean[samples.length];
    IntStream.range(0, samples.length).forEach(run -> regularisation[run] = isRegularisation(run));
    return new AppearanceOrder(appearances, samples, counts, regularisation);
  }

  private boolean isRegularisation(int run) {
    return balances.stream().anyMatch(balance -> balance.regularisation().contains(sets[run]));
  }

  private long[] counts(long[] samples) {
    long[] counts = new long[samples.length];
    Arrays.setAll(counts, run -> samples[run] * repeats[run]);
    balances.forEach(balance -> balance.level(counts, samples, sets));
    return counts;
  }

  /** The appearances of each size that has any. */
  private long[] ofEachSize(long[] appearances) {
    long[] counts = new long[sizes[sizes.length - 1] + 1];
    for (int run = 0; run < appearances.length; run++) {
      counts[sizes[run]] += appearances[run];
    }
    return Arrays.stream(counts).filter(count -> count > 0).toArray();
  }

  private boolean isOnce() {
    boolean apart = sizes[sizes.length - 1] == sizes.length - 1;
    return apart && balances.isEmpty() && Arrays.stream(repeats).allMatch(times -> times == 1);
  }
}
