package org.sparklora.train;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.sparklora.lora.AdaptedModule.Network;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.train.objective.NoiseSampler;
import org.sparklora.train.objective.NoisyBatch;
import org.sparklora.train.objective.Objective;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * Gradients of an adapter in frozen networks. Posterior sample, noise, timestep and dropout of a
 * sample are drawn from keys made of the seed, the step and the sample's position in the step.
 */
public final class LoraGradientComputer implements GradientComputer {
  /**
   * What a run's samples are drawn by.
   *
   * @param microBatches micro-batches a step, M
   * @param latentScale what latents are multiplied by before the UNet sees them
   */
  public record Draw(long seed, int trainBatchSize, int microBatches, double latentScale) {}

  private final Ops ops;
  private final AdapterGradient gradient;
  private final LoraAdapter adapter;
  private final TextEncoding text;
  private final Objective objective;
  private final SampleSource samples;
  private final Optional<ClassSamples> classSamples;
  private final Draw draw;
  private final NoiseSampler noises;
  private final Optional<HeldOutLoss> heldOut;
  private final long modulesFrom;
  private long loadedStep = -1;

  /**
   * @param classSamples of which a micro-batch takes as many again, after the others
   * @param modulesFrom the step from which modules are trained; before it they are not on the
   *     networks
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
    this.samples = samples;
    this.classSamples = classSamples;
    this.draw = draw;
    this.noises = new NoiseSampler(objective.noiseConfig(), draw.seed());
    this.modulesFrom = modulesFrom;
    this.heldOut = heldOut;
  }

  @Override
  public MicroBatchGradient compute(AdapterState state, int microBatch) {
    load(state);
    long[] slots = slots(microBatch);
    List<TrainingSample> drawn = new ArrayList<>();
    List<TextEncoding.Caption> captions = new ArrayList<>();
    for (long slot : slots) {
      TrainingSample sample = sample(state.step(), slot);
      drawn.add(sample);
      captions.add(new TextEncoding.Caption(sample.tokenIds(), slot));
    }
    try (NDManager scope = ops.manager().newSubManager()) {
      adapter.drawDropout(scope, Network.UNET, draw.seed(), state.step(), slots);
      Words words = text.words(scope, state.step(), captions);
      return gradient.compute(noisy(drawn, state.step(), slots), words, state.lossScale());
    }
  }

  /** Places in the step: those of class images come after all others'. */
  private long[] slots(int microBatch) {
    long first = (long) microBatch * draw.trainBatchSize();
    LongStream own = LongStream.range(first, first + draw.trainBatchSize());
    LongStream ofClass = LongStream.range(first, first + draw.trainBatchSize());
    return classSamples.isEmpty()
        ? own.toArray()
        : LongStream.concat(own, ofClass.map(slot -> slotsOfStep() + slot)).toArray();
  }

  private long slotsOfStep() {
    return (long) draw.microBatches() * draw.trainBatchSize();
  }

  private TrainingSample sample(long step, long slot) {
    long ofRun = step * slotsOfStep() + slot;
    return slot < slotsOfStep()
        ? samples.at(ofRun)
        : classSamples.orElseThrow().samples().at(ofRun - slotsOfStep());
  }

  @Override
  public double heldOutLoss(AdapterState state, int batch) {
    // The values looked at may be a running average of the step's.
    loadedStep = -1;
    adapter.load(state.values());
    return heldOut.orElseThrow(UnsupportedOperationException::new).sum(batch);
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

  /** What the last micro-batch took. */
  public GradientTiming timing() {
    return gradient.timing();
  }

  private NoisyBatch noisy(List<TrainingSample> drawn, long step, long[] slots) {
    TrainingSample any = drawn.get(0);
    List<float[]> latents = new ArrayList<>();
    List<float[]> noise = new ArrayList<>();
    List<float[]> added = new ArrayList<>();
    int[] timesteps = new int[drawn.size()];
    for (int j = 0; j < timesteps.length; j++) {
      long slot = slots[j];
      float[] x = latents(drawn.get(j), step, slot);
      float[] e = noises.noise(x, any.channels(), any.height(), any.width(), step, slot);
      latents.add(x);
      noise.add(e);
      added.add(noises.perturbed(e, step, slot));
      timesteps[j] = objective.drawTimestep(random(Purpose.TIMESTEP, step, slot));
    }
    long[] shape = {any.channels(), any.height(), any.width()};
    NoisyBatch noisy = objective.noise(shape, latents, noise, added, timesteps);
    NoisyBatch batch = classSamples.map(prior -> noisy.withPrior(prior.lossWeight())).orElse(noisy);
    return any.mask().isPresent() ? batch.withMask(masks(drawn)) : batch;
  }

  private static float[] masks(List<TrainingSample> drawn) {
    int pixels = drawn.get(0).height() * drawn.get(0).width();
    float[] masks = new float[drawn.size() * pixels];
    for (int j = 0; j < drawn.size(); j++) {
      System.arraycopy(drawn.get(j).mask().orElseThrow(), 0, masks, j * pixels, pixels);
    }
    return masks;
  }

  private float[] latents(TrainingSample sample, long step, long slot) {
    float[] mean = sample.mean();
    float[] latents = mean.clone();
    sample
        .logVariance()
        .ifPresent(
            logVariance -> {
              float[] normals = random(Purpose.POSTERIOR, step, slot).normals(mean.length);
              for (int i = 0; i < latents.length; i++) {
                latents[i] += (float) StrictMath.exp(0.5 * logVariance[i]) * normals[i];
              }
            });
    for (int i = 0; i < latents.length; i++) {
      latents[i] *= (float) draw.latentScale();
    }
    return latents;
  }

  private KeyedRandom random(Purpose purpose, long step, long slot) {
    return KeyedRandom.of(draw.seed(), purpose, step, slot);
  }

  @Override
  public void close() {
    adapter.close();
    ops.close();
  }
}
