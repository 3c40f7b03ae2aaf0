package org.sparklora.train.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Ops.Argument;

/** The loss of a prediction: the weighted cost of errors, averaged over pixels and the batch. */
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
   * @param scope owner of the loss
   */
  static TrainingLoss on(Ops ops, NDManager scope, DeviceBatch batch) {
    Argument target = Ops.of(batch.target());
    Argument weights = Ops.of(batch.weights());
    if (batch.huber().isEmpty() && batch.mask().isEmpty()) {
      return prediction -> ops.call(scope, "mse", Ops.of(prediction), target, weights);
    }
    Argument mask = Ops.of(batch.mask().orElseGet(() -> scope.ones(new Shape(1, 1, 1, 1))));
    if (batch.huber().isEmpty()) {
      return prediction -> ops.call(scope, "masked_mse", Ops.of(prediction), target, mask, weights);
    }
    Argument c = Ops.of(batch.huber().get().c());
    Argument factor = Ops.of(batch.huber().get().factor());
    return prediction ->
        ops.call(scope, "pseudo_huber", Ops.of(prediction), target, c, factor, mask, weights);
  }
}
