package org.sparklora.train;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.model.Network;
import org.sparklora.tensor.Ops;
import org.sparklora.train.objective.NoisyBatch;
import org.sparklora.train.objective.Objective;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * Computes gradients of an adapter in frozen networks. Posterior sample, noise, timestep and
 * dropout of a sample are drawn from keys made of the seed, the step and the sample's position in
 * the step.
 */
public final class LoraGradientComputer implements GradientComputer {
  /**
   * The settings by which a run's samples are drawn.
   *
   * @param microBatches micro-batches a step, M
   * @param latentScale factor on latents before the UNet gets them
   */
  public record Draw(long seed, int trainBatchSize, int microBatches, double latentScale) {}

  private final Ops ops;
  private final AdapterGradient gradient;
  private final LoraAdapter adapter;
  private final TextEncoding text;
  private final Objective objective;
  private final SampleDraws draws;
  private final DrawsAhead ahead;
  private final Optional<ClassSamples> classSamples;
  private final Draw draw;
  private final Optional<HeldOutLoss> heldOut;
  private final long modulesFrom;
  private long loadedStep = -1;

  /**
   * @param classSamples samples of the class; a micro-batch takes as many of them as of the
   *     subject, and puts them last
   * @param modulesFrom the first step in which LoRA modules are trained; before it they are not on
   *     the networks
   */
  public LoraGradientComputer(
      Ops ops,
      AdapterGradient gradient,
      LoraAdapter adapter,
      TextEncoding text,
      Objective objective,
      SampleSource samples,
      Optional<ClassSamples> classSamples,
      Draw draw,
      long modulesFrom,
      Optional<HeldOutLoss> heldOut) {
    this.ops = ops;
    this.gradient = gradient;
    this.adapter = adapter;
    this.text = text;
    this.objective = objective;
    this.draws = new SampleDraws(objective, samples, classSamples, draw, text::stored);
    this.ahead = new DrawsAhead(draws);
    this.classSamples = classSamples;
    this.draw = draw;
    this.modulesFrom = modulesFrom;
    this.heldOut = heldOut;
  }

  @Override
  public void willCompute(int begin, int end) {
    ahead.willAskFor(begin, end);
  }

  @Override
  public double waitedSeconds() {
    return ahead.waitedSeconds();
  }

  @Override
  public MicroBatchGradient compute(AdapterState state, int microBatch) {
    load(state);
    long[] slots = draws.slots(microBatch);
    List<DrawnSample> drawn = ahead.of(state.step(), microBatch);
    List<TextEncoding.Caption> captions = new ArrayList<>();
    for (int j = 0; j < slots.length; j++) {
      DrawnSample one = drawn.get(j);
      captions.add(new TextEncoding.Caption(one.sample().tokenIds(), slots[j], one.caption()));
    }
    try (NDManager scope = ops.manager().newSubManager()) {
      adapter.drawDropout(scope, Network.UNET, draw.seed(), state.step(), slots);
      Words words = text.words(scope, state.step(), captions);
      return gradient.compute(noisy(drawn), words, state.lossScale());
    } catch (RuntimeException e) {
      throw MicroBatchMemory.explained(e, draw.trainBatchSize());
    }
  }

  @Override
  public double heldOutLoss(AdapterState state, int batch) {
    // The values to validate may be a running average and not the step's values.
    loadedStep = -1;
    adapter.load(state.values());
    try {
      return heldOut.orElseThrow(UnsupportedOperationException::new).sum(batch);
    } catch (RuntimeException e) {
      throw MicroBatchMemory.explained(e, draw.trainBatchSize());
    }
  }

  private void load(AdapterState state) {
    if (state.step() != loadedStep) {
      if (state.step() < modulesFrom) {
        adapter.detachModules();
      } else {
        adapter.attachModules();
      }
      adapter.load(state.values());
      loadedStep = state.step();
    }
  }

  /** The time of the last micro-batch. */
  public GradientTiming timing() {
    return gradient.timing();
  }

  private NoisyBatch noisy(List<DrawnSample> drawn) {
    TrainingSample any = drawn.get(0).sample();
    long[] shape = {any.channels(), any.height(), any.width()};
    NoisyBatch noisy =
        objective.noise(
            shape,
            drawn.stream().map(DrawnSample::latents).toList(),
            drawn.stream().map(DrawnSample::noise).toList(),
            drawn.stream().map(DrawnSample::added).toList(),
            drawn.stream().mapToInt(DrawnSample::timestep).toArray());
    NoisyBatch batch = classSamples.map(prior -> noisy.withPrior(prior.lossWeight())).orElse(noisy);
    if (drawn.stream().anyMatch(one -> one.sample().lossWeight() != 1)) {
      batch = batch.weighted(i -> drawn.get(i).sample().lossWeight());
    }
    if (any.sizes().isPresent()) {
      batch =
          batch.withTimeIds(PictureSizes.timeIds(drawn.stream().map(DrawnSample::sample).toList()));
    }
    boolean masked = drawn.stream().anyMatch(one -> one.sample().mask().isPresent());
    return masked ? batch.withMask(masks(drawn)) : batch;
  }

  /** The samples' masks; of a data set without masks all pixels count. */
  private static float[] masks(List<DrawnSample> drawn) {
    int pixels = drawn.get(0).sample().height() * drawn.get(0).sample().width();
    float[] masks = new float[drawn.size() * pixels];
    Arrays.fill(masks, 1);
    for (int j = 0; j < drawn.size(); j++) {
      int first = j * pixels;
      drawn
          .get(j)
          .sample()
          .mask()
          .ifPresent(mask -> System.arraycopy(mask, 0, masks, first, pixels));
    }
    return masks;
  }

  @Override
  public void close() {
    ahead.close();
    adapter.close();
    ops.close();
  }
}
