package org.sparklora.data.order;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How often an epoch has the samples of a cache. The cache has them in runs: samples of one size
 * and of one data set follow one another.
 *
 * @param sizes the number of each run's size, from 0; runs of one size follow one another
 * @param repeats how often an epoch has each of a run's samples, at least 1
 */
public record Appearances(int[] sizes, int[] repeats) {
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
    return isOnce()
        ? SampleOrder.of(seed, samples, batch)
        : new AppearanceOrder(SampleOrder.of(seed, ofEachSize(samples), batch), samples, repeats);
  }

  /**
   * The order of samples of one size that are paired with those of another data set.
   *
   * @param others number of samples of the other
   */
  public SampleOrder orderBeside(long seed, long[] samples, long others) {
    SampleOrder order = SampleOrder.beside(seed, count(samples), others);
    return isOnce() ? order : new AppearanceOrder(order, samples, repeats);
  }

  /** The number of appearances in an epoch. */
  public long count(long[] samples) {
    return IntStream.range(0, samples.length).mapToLong(run -> samples[run] * repeats[run]).sum();
  }

  private long[] ofEachSize(long[] samples) {
    long[] counts = new long[sizes[sizes.length - 1] + 1];
    for (int run = 0; run < samples.length; run++) {
      counts[sizes[run]] += samples[run] * repeats[run];
    }
    return counts;
  }

  private boolean isOnce() {
    boolean apart = sizes[sizes.length - 1] == sizes.length - 1;
    return apart && Arrays.stream(repeats).allMatch(times -> times == 1);
  }
}
