package org.sparklora.train;

/** The endless sequence of samples that a run is trained on. */
public interface SampleSource {
  /**
   * The sample at a position. It depends only on the position.
   *
   * @param slot {@code (step * M + microBatch) * trainBatchSize + j}
   */
  TrainingSample at(long slot);
}
