package org.sparklora.data.order;

import java.util.Arrays;

/**
 * The order of samples of which some are there several times an epoch. It shuffles appearances. The
 * appearances of a run of samples follow one another: all samples once, then all of them again.
 */
final class AppearanceOrder implements SampleOrder {
  private final SampleOrder appearances;
  private final long[] samples;
  private final long[] counts;
  private final boolean[] regularisation;

  /** For each run the number of its first sample and of its first appearance. */
  private final long[] firstSamples;

  private final long[] firstAppearances;

  /**
   * An order of samples.
   *
   * @param appearances the order of appearances
   * @param samples number of samples of each run
   * @param counts number of appearances of each run in an epoch
   * @param regularisation whether a run is for regularisation
   */
  AppearanceOrder(
      SampleOrder appearances, long[] samples, long[] counts, boolean[] regularisation) {
    this.appearances = appearances;
    this.samples = samples.clone();
    this.counts = counts.clone();
    this.regularisation = regularisation.clone();
    this.firstSamples = new long[samples.length];
    this.firstAppearances = new long[samples.length];
    for (int i = 1; i < samples.length; i++) {
      firstSamples[i] = firstSamples[i - 1] + samples[i - 1];
      firstAppearances[i] = firstAppearances[i - 1] + counts[i - 1];
    }
  }

  @Override
  public long at(long slot) {
    long appearance = appearances.at(slot);
    int run = run(appearance);
    return firstSamples[run] + (appearance - firstAppearances[run]) % samples[run];
  }

  @Override
  public long epoch(long slot) {
    return appearances.epoch(slot);
  }

  @Override
  public long round(long slot) {
    long appearance = appearances.at(slot);
    int run = run(appearance);
    long repetition = (appearance - firstAppearances[run]) / samples[run];
    long most = (counts[run] + samples[run] - 1) / samples[run];
    return appearances.round(slot) * most + repetition;
  }

  @Override
  public boolean isRegularisation(long slot) {
    return regularisation[run(appearances.at(slot))];
  }

  @Override
  public long epochSlots() {
    return appearances.epochSlots();
  }

  private int run(long appearance) {
    int found = Arrays.binarySearch(firstAppearances, appearance);
    int run = found >= 0 ? found : -found - 2;
    while (run + 1 < counts.length && firstAppearances[run + 1] <= appearance) {
      run++; // past runs that an epoch has nothing of
    }
    return run;
  }
}
