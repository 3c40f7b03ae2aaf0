package org.sparklora.train;

/** The endless sequence of samples a run is trained on. */
public interface SampleSource {
  /**
   * The sample at a position; a function of the position alone.
   *
   * @param slot {@code (step * M + microBatch) * trainBatchSize + j}
   */
  TrainingSample at(long slot);
}
