package org.sparklora.data.order;

/**
 * The order of samples that are paired with those of a longer data set. An epoch is as long as the
 * longer of the two. Samples of the shorter one are repeated, as diffusers' {@code
 * DreamBoothDataset} takes {@code index % count}. Each repetition counts as an epoch of its own, so
 * that random choices for a sample, such as its flip, are drawn again.
 */
final class RepeatedOrder implements SampleOrder {
  private final SampleOrder longer;
  private final long samples;

  /**
   * @param longer the order of the longer data set
   * @param samples number of samples of this data set
   */
  RepeatedOrder(SampleOrder longer, long samples) {
    this.longer = longer;
    this.samples = samples;
  }

  @Override
  public long at(long slot) {
    return longer.at(slot) % samples;
  }

  @Override
  public long epoch(long slot) {
    long rounds = (longer.epochSlots() + samples - 1) / samples;
    return longer.epoch(slot) * rounds + longer.at(slot) / samples;
  }

  @Override
  public long epochSlots() {
    return longer.epochSlots();
  }
}
