package org.sparklora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.nn.UNet2DConditionModel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** Loss and adapter gradient of one micro-batch, through the frozen UNet. */
public final class AdapterGradient {
  private final Ops ops;
  private final UNet2DConditionModel unet;
  private final LoraAdapter adapter;
  private final Precision precision;

  public AdapterGradient(
      Ops ops, UNet2DConditionModel unet, LoraAdapter adapter, Precision precision) {
    this.ops = ops;
    this.unet = unet;
    this.adapter = adapter;
    this.precision = precision;
    adapter.requireGradients();
  }

  /**
   * Computes the mean squared error and its gradient.
   *
   * @param context the captions' hidden states {@code [batch, words, width]}, compute type
   * @param lossScale the factor on the loss before backward
   */
  public MicroBatchGradient compute(NoisyBatch batch, NDArray context, float lossScale) {
    try (NDManager scope = ops.manager().newSubManager()) {
      NDArray loss = ops.recordGradients(() -> loss(scope, batch, context));
      ops.backward(loss, scope.full(new Shape(), lossScale));
      return new MicroBatchGradient(loss.getFloat(), adapter.takeGradients());
    }
  }

  /** Computes the loss alone. */
  double evaluate(NoisyBatch batch, NDArray context) {
    try (NDManager scope = ops.manager().newSubManager()) {
      return loss(scope, batch, context).getFloat();
    }
  }

  private NDArray loss(NDManager scope, NoisyBatch batch, NDArray context) {
    Shape shape = new Shape(batch.shape());
    NDArray noisy = ops.cast(scope, scope.create(batch.noisy(), shape), precision);
    NDArray timesteps = scope.create(batch.timesteps());
    NDArray prediction = unet.forward(scope, noisy, timesteps, context);
    return ops.call(
        scope,
        "mse",
        Ops.of(prediction),
        Ops.of(scope.create(batch.target(), shape)),
        Ops.of(scope.create(batch.weights())));
  }
}
