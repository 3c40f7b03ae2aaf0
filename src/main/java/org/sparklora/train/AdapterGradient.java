package org.sparklora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.nn.Tape;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.nn.unet.AddedConditions;
import org.sparklora.nn.unet.Conditions;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.train.objective.DeviceBatch;
import org.sparklora.train.objective.NoisyBatch;
import org.sparklora.train.objective.TrainingLoss;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * Computes loss and adapter gradient of one micro-batch, through the UNet and, if it is trained,
 * the text encoder.
 */
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
   * Makes a computer of gradients, optionally with gradient checkpointing.
   *
   * @param checkpointing whether backward computes the network's blocks again instead of keeping
   *     their inner values; the gradient has the same bits
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
   * Computes the loss and its gradient for captions that do not depend on trained values.
   *
   * @param context the captions' hidden states {@code [batch, words, width]}, compute type
   * @param lossScale the factor on the loss before backward
   */
  public MicroBatchGradient compute(NoisyBatch batch, NDArray context, float lossScale) {
    return compute(batch, EncodedText.of(context), lossScale);
  }

  /** As {@link #compute(NoisyBatch, NDArray, float)}, with all outputs of the text encoders. */
  public MicroBatchGradient compute(NoisyBatch batch, EncodedText text, float lossScale) {
    return compute(batch, Words.fixed(text), lossScale);
  }

  /**
   * Computes the loss and its gradient. If the words have a {@link Words.Back}, it takes the
   * gradient through the text encoder.
   *
   * @param lossScale the factor on the loss before backward
   * @return the unscaled loss, and the gradient times {@code lossScale}
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
      EncodedText text = words.text();
      words.back().ifPresent(back -> watch(tape, text));
      DeviceBatch sent = DeviceBatch.of(ops, scope, batch);
      TrainingLoss cost = TrainingLoss.on(ops, scope, sent);
      NDArray output =
          unet.forward(tape, scope, noisy(scope, sent), sent.timesteps(), conditions(sent, text));
      NDArray prediction = ops.leafOf(scope, output, true);
      NDArray loss = ops.recordGradients(() -> cost.of(prediction));
      long computed = System.nanoTime();
      ops.backward(loss, factor);
      tape.backward(output, ops.gradient(prediction));
      words.back().ifPresent(back -> back.run(gradient(tape, text)));
      timing = GradientTiming.of(began, computed, System.nanoTime());
      LoraAdapter.Gradients taken = adapter.takeGradients(loss);
      return new MicroBatchGradient(taken.loss(), taken.values());
    }
  }

  /** The time of the last micro-batch. */
  public GradientTiming timing() {
    return timing;
  }

  /** Computes the loss without a backward pass. */
  public double evaluate(NoisyBatch batch, EncodedText text) {
    try (NDManager scope = ops.manager().newSubManager()) {
      DeviceBatch sent = DeviceBatch.of(ops, scope, batch);
      TrainingLoss cost = TrainingLoss.on(ops, scope, sent);
      NDArray prediction =
          unet.forward(scope, noisy(scope, sent), sent.timesteps(), conditions(sent, text));
      return cost.of(prediction).getFloat();
    }
  }

  private static void watch(Tape tape, EncodedText text) {
    tape.watch(text.states());
    text.pooled().ifPresent(tape::watch);
  }

  private static EncodedText gradient(Tape tape, EncodedText text) {
    return new EncodedText(tape.gradient(text.states()), text.pooled().map(tape::gradient));
  }

  /** A model that takes a pooled text takes the picture's sizes, too. */
  private static Conditions conditions(DeviceBatch batch, EncodedText text) {
    return new Conditions(
        text.states(),
        text.pooled().map(pooled -> new AddedConditions(pooled, batch.timeIds().orElseThrow())));
  }

  private NDArray noisy(NDManager scope, DeviceBatch batch) {
    return ops.cast(scope, batch.noisy(), precision);
  }
}
