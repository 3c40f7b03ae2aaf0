package org.sparklora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.nn.CheckpointedPass;
import org.sparklora.nn.UNet2DConditionModel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** Loss and adapter gradient of one micro-batch, through the frozen UNet. */
public final class AdapterGradient {
  private final Ops ops;
  private final UNet2DConditionModel unet;
  private final LoraAdapter adapter;
  private final Precision precision;
  private final boolean checkpointing;
  private GradientTiming timing = new GradientTiming(0, 0);

  public AdapterGradient(
      Ops ops, UNet2DConditionModel unet, LoraAdapter adapter, Precision precision) {
    this(ops, unet, adapter, precision, false);
  }

  /**
   * As the other, where memory is to be saved.
   *
   * @param checkpointing whether backward computes the network's blocks anew instead of keeping
   *     what is inside them; the gradient has the same bits
   */
  public AdapterGradient(
      Ops ops,
      UNet2DConditionModel unet,
      LoraAdapter adapter,
      Precision precision,
      boolean checkpointing) {
    this.ops = ops;
    this.unet = unet;
    this.adapter = adapter;
    this.precision = precision;
    this.checkpointing = checkpointing;
    adapter.requireGradients();
  }

  /**
   * Computes the loss and its gradient.
   *
   * @param context the captions' hidden states {@code [batch, words, width]}, compute type
   * @param lossScale the factor on the loss before backward
   */
  public MicroBatchGradient compute(NoisyBatch batch, NDArray context, float lossScale) {
    try (NDManager scope = ops.manager().newSubManager()) {
      NDArray factor = scope.full(new Shape(), lossScale);
      NDArray loss =
          checkpointing
              ? checkpointed(scope, batch, context, factor)
              : recorded(scope, batch, context, factor);
      return new MicroBatchGradient(loss.getFloat(), adapter.takeGradients());
    }
  }

  /** What the last micro-batch took. */
  public GradientTiming timing() {
    return timing;
  }

  private NDArray recorded(NDManager scope, NoisyBatch batch, NDArray context, NDArray factor) {
    long began = System.nanoTime();
    NDArray loss = ops.recordGradients(() -> loss(scope, batch, predict(scope, batch, context)));
    long computed = System.nanoTime();
    ops.backward(loss, factor);
    timing = GradientTiming.of(began, computed, System.nanoTime());
    return loss;
  }

  private NDArray checkpointed(NDManager scope, NoisyBatch batch, NDArray context, NDArray factor) {
    long began = System.nanoTime();
    CheckpointedPass pass =
        unet.checkpointed(scope, noisy(scope, batch), timesteps(scope, batch), context);
    NDArray prediction = ops.leafOf(scope, pass.output(), true);
    NDArray loss = ops.recordGradients(() -> loss(scope, batch, prediction));
    long computed = System.nanoTime();
    ops.backward(loss, factor);
    pass.backward(ops.gradient(prediction));
    timing = GradientTiming.of(began, computed, System.nanoTime());
    return loss;
  }

  /** Computes the loss alone. */
  double evaluate(NoisyBatch batch, NDArray context) {
    try (NDManager scope = ops.manager().newSubManager()) {
      return loss(scope, batch, predict(scope, batch, context)).getFloat();
    }
  }

  private NDArray predict(NDManager scope, NoisyBatch batch, NDArray context) {
    return unet.forward(scope, noisy(scope, batch), timesteps(scope, batch), context);
  }

  private NDArray noisy(NDManager scope, NoisyBatch batch) {
    return ops.cast(scope, scope.create(batch.noisy(), new Shape(batch.shape())), precision);
  }

  private static NDArray timesteps(NDManager scope, NoisyBatch batch) {
    return scope.create(batch.timesteps());
  }

  private NDArray loss(NDManager scope, NoisyBatch batch, NDArray prediction) {
    return TrainingLoss.of(ops, scope, batch, prediction);
  }
}
