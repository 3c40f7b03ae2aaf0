package org.sparklora.train;

import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.MicroBatchGradient;

/** Computes gradients of micro-batches on one device. Not thread-safe: one worker owns it. */
public interface GradientComputer extends AutoCloseable {
  /**
   * Computes one micro-batch of a step.
   *
   * <p>The result depends only on the state and the micro-batch's index, never on the worker or on
   * earlier calls.
   *
   * @param state the step and its adapter; the adapter is copied to the device once per step
   * @param microBatch the micro-batch's index in the step, from 0
   */
  MicroBatchGradient compute(AdapterState state, int microBatch);

  /**
   * Tells which micro-batches of each step will be asked for, in their order, so that their samples
   * can be read ahead. Results do not depend on this call.
   *
   * @param begin the first one
   * @param end the first one after them
   */
  default void willCompute(int begin, int end) {}

  /** How long samples were waited for, in seconds, since this was made. */
  default double waitedSeconds() {
    return 0;
  }

  /**
   * Computes the loss of held-out samples. It depends only on the state's values and the batch.
   *
   * @param batch the batch's number, from 0
   * @return the sum of its samples' losses
   */
  default double heldOutLoss(AdapterState state, int batch) {
    throw new UnsupportedOperationException("There are no held-out samples");
  }

  @Override
  void close();
}
