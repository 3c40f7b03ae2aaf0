package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;

/** A part of the UNet that is computed in one call. */
public interface Block {
  /**
   * Computes the block, also under autograd.
   *
   * @param scope owner of the result
   * @param inputs that may have a gradient
   */
  NDArray forward(NDManager scope, List<NDArray> inputs);

  /** Whether an adapter is on one of its layers. */
  boolean isTrained();

  /**
   * The derivative written by hand; empty if autograd must differentiate the block.
   *
   * @param wanted for each input, whether its gradient is needed
   */
  default Optional<ByHand> byHand(List<Boolean> wanted) {
    return Optional.empty();
  }

  /** A block's derivative, written by hand in the op library. */
  interface ByHand {
    /**
     * Computes the result, with the bits of {@link Block#forward}, and the arrays that backward
     * needs.
     */
    NDList forward(NDManager scope, List<NDArray> inputs);

    /**
     * Computes the gradients.
     *
     * @param upstream gradient of the result
     * @param kept arrays that {@link #forward} gave beside the result
     * @return gradients of the inputs, then of the {@link #leaves}
     */
    NDList backward(NDManager scope, NDArray upstream, List<NDArray> inputs, List<NDArray> kept);

    /** Whether backward reads the inputs' values. */
    default boolean needsInputs() {
      return true;
    }

    /** The trained arrays: A, B and, with DoRA, the magnitude of each adapter. */
    default List<NDArray> leaves() {
      return List.of();
    }
  }
}
