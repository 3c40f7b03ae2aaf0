package org.sparklora.data.order;

/**
 * The order of samples that are trained on beside those of another data set: an epoch is as long as
 * the longer of the two, and of the shorter one the samples come again, as diffusers' {@code
 * DreamBoothDataset} takes {@code index % count}. Each time counts as an epoch of its own, so that
 * what is drawn for a sample, such as its flip, is drawn anew.
 */
final class RepeatedOrder implements SampleOrder {
  private final SampleOrder longer;
  private final long samples;

  /**
   * @param longer the order of the longer data set's samples
   * @param samples number of samples of this one
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
