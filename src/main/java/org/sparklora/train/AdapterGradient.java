package org.sparklora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.nn.Tape;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.train.objective.NoisyBatch;
import org.sparklora.train.objective.TrainingLoss;
import org.sparklora.train.step.MicroBatchGradient;

/** Loss and adapter gradient of one micro-batch, through the UNet and, where trained, the text. */
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
   * Computes the loss and its gradient, where captions do not depend on what is trained.
   *
   * @param context the captions' hidden states {@code [batch, words, width]}, compute type
   * @param lossScale the factor on the loss before backward
   */
  public MicroBatchGradient compute(NoisyBatch batch, NDArray context, float lossScale) {
    return compute(batch, Words.fixed(context), lossScale);
  }

  /**
   * Computes the loss and its gradient.
   *
   * @param lossScale the factor on the loss before backward
   */
  public MicroBatchGradient compute(NoisyBatch batch, Words words, float lossScale) {
    MicroBatchGradient gradient = gradient(batch, words, lossScale);
    ops.trimMemory();
    return gradient;
  }

  private MicroBatchGradient gradient(NoisyBatch batch, Words words, float lossScale) {
    try (NDManager scope = ops.manager().newSubManager()) {
      long began = System.nanoTime();
      NDArray factor = scope.full(new Shape(), lossScale);
      Tape tape = Tape.on(ops, scope, checkpointing);
      words.back().ifPresent(back -> tape.watch(words.states()));
      NDArray output =
          unet.forward(tape, scope, noisy(scope, batch), timesteps(scope, batch), words.states());
      NDArray prediction = ops.leafOf(scope, output, true);
      NDArray loss = ops.recordGradients(() -> loss(scope, batch, prediction));
      long computed = System.nanoTime();
      ops.backward(loss, factor);
      tape.backward(output, ops.gradient(prediction));
      words.back().ifPresent(back -> back.run(tape.gradient(words.states())));
      timing = GradientTiming.of(began, computed, System.nanoTime());
      return new MicroBatchGradient(loss.getFloat(), adapter.takeGradients());
    }
  }

  /** What the last micro-batch took. */
  public GradientTiming timing() {
    return timing;
  }

  /** Computes the loss alone. */
  public double evaluate(NoisyBatch batch, NDArray context) {
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
