package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;

/** A block of one layer on a picture. */
record PictureBlock(Layer layer, Forward plain, BackwardCall back) implements Block {
  /** Computes the block. */
  interface Forward {
    NDArray of(NDManager scope, NDArray x);
  }

  /** The op library's call for the backward pass. */
  interface BackwardCall {
    NDList of(NDManager scope, NDArray upstream, List<NDArray> inputs);
  }

  @Override
  public NDArray forward(NDManager scope, List<NDArray> inputs) {
    return plain.of(scope, inputs.get(0));
  }

  @Override
  public boolean isTrained() {
    return layer.isAdapted();
  }

  @Override
  public Optional<ByHand> byHand(List<Boolean> wanted) {
    return Optional.of(new Derivative());
  }

  private final class Derivative implements ByHand {
    @Override
    public NDList forward(NDManager scope, List<NDArray> inputs) {
      return new NDList(plain.of(scope, inputs.get(0)));
    }

    @Override
    public NDList backward(
        NDManager scope, NDArray upstream, List<NDArray> inputs, List<NDArray> kept) {
      return back.of(scope, upstream, inputs);
    }

    @Override
    public List<NDArray> leaves() {
      return layer.leaves();
    }
  }
}
