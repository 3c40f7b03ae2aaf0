package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;

/** A part of the UNet that is computed in one call. */
public interface Block {
  /**
   * Computes it; also under autograd.
   *
   * @param scope where the result lives
   * @param inputs what may have a gradient
   */
  NDArray forward(NDManager scope, List<NDArray> inputs);

  /** Whether an adapter is on one of its layers. */
  boolean isTrained();

  /**
   * Its derivative, or empty where autograd must take it.
   *
   * @param wanted which inputs have a gradient
   */
  default Optional<ByHand> byHand(List<Boolean> wanted) {
    return Optional.empty();
  }

  /** A block's derivative as the op library has it. */
  interface ByHand {
    /** The result, with the bits of {@link Block#forward}, and what is kept for backward. */
    NDList forward(NDManager scope, List<NDArray> inputs);

    /**
     * Goes back.
     *
     * @param upstream gradient of the result
     * @param kept what {@link #forward} gave beside the result
     * @return gradients of the inputs, then of the {@link #leaves}
     */
    NDList backward(NDManager scope, NDArray upstream, List<NDArray> inputs, List<NDArray> kept);

    /** Whether backward reads the inputs' values. */
    default boolean needsInputs() {
      return true;
    }

    /** A, B and any magnitude of the adapters. */
    default List<NDArray> leaves() {
      return List.of();
    }
  }
}
