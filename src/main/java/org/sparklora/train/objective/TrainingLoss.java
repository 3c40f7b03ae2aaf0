package org.sparklora.train.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Ops.Argument;

/**
 * The loss of a prediction: the weighted cost of errors, averaged over pixels and the batch. The
 * target is copied to the device before the prediction is computed, because a copy to a GPU waits
 * for all earlier work.
 */
@FunctionalInterface
public interface TrainingLoss {
  /**
   * The loss, a scalar in fp32.
   *
   * @param prediction of the batch's shape, in any type
   */
  NDArray of(NDArray prediction);

  /**
   * The loss of predictions for a batch.
   *
   * @param scope owner of the loss and of the target
   */
  static TrainingLoss on(Ops ops, NDManager scope, NoisyBatch batch) {
    Argument target = Ops.of(scope.create(batch.target(), new Shape(batch.shape())));
    Argument weights = Ops.of(scope.create(batch.weights()));
    if (batch.huber().isEmpty() && batch.mask().isEmpty()) {
      return prediction -> ops.call(scope, "mse", Ops.of(prediction), target, weights);
    }
    Argument mask = Ops.of(mask(scope, batch));
    if (batch.huber().isEmpty()) {
      return prediction -> ops.call(scope, "masked_mse", Ops.of(prediction), target, mask, weights);
    }
    PseudoHuber huber = batch.huber().get();
    Shape each = new Shape(batch.size(), 1, 1, 1);
    Argument c = Ops.of(scope.create(huber.c(), each));
    Argument factor = Ops.of(scope.create(huber.factor(), each));
    return prediction ->
        ops.call(scope, "pseudo_huber", Ops.of(prediction), target, c, factor, mask, weights);
  }

  private static NDArray mask(NDManager scope, NoisyBatch batch) {
    long[] shape = batch.shape();
    return batch
        .mask()
        .map(mask -> scope.create(mask, new Shape(batch.size(), 1, shape[2], shape[3])))
        .orElseGet(() -> scope.ones(new Shape(1, 1, 1, 1)));
  }
}
