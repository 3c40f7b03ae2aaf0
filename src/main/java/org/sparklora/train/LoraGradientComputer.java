package org.sparklora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;

/**
 * Gradients of a LoRA adapter in the frozen UNet. Posterior sample, noise, timestep and dropout of
 * a sample are drawn from keys made of the seed, the step and the sample's position in the step.
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
  private final TextConditioner text;
  private final Objective objective;
  private final SampleSource samples;
  private final Draw draw;
  private final NoiseSampler noises;
  private long loadedStep = -1;

  public LoraGradientComputer(
      Ops ops,
      AdapterGradient gradient,
      LoraAdapter adapter,
      TextConditioner text,
      Objective objective,
      SampleSource samples,
      Draw draw) {
    this.ops = ops;
    this.gradient = gradient;
    this.adapter = adapter;
    this.text = text;
    this.objective = objective;
    this.samples = samples;
    this.draw = draw;
    this.noises = new NoiseSampler(objective.noiseConfig(), draw.seed());
  }

  @Override
  public MicroBatchGradient compute(AdapterState state, int microBatch) {
    if (state.step() != loadedStep) {
      adapter.load(state.values());
      loadedStep = state.step();
    }
    int batch = draw.trainBatchSize();
    long first = (long) microBatch * batch;
    List<TrainingSample> drawn = new ArrayList<>();
    for (int j = 0; j < batch; j++) {
      drawn.add(samples.at(state.step() * draw.microBatches() * batch + first + j));
    }
    try (NDManager scope = ops.manager().newSubManager()) {
      adapter.drawDropout(scope, draw.seed(), state.step(), first, batch);
      NDArray context = text.encode(scope, drawn.stream().map(TrainingSample::tokenIds).toList());
      return gradient.compute(noisy(drawn, state.step(), first), context, state.lossScale());
    }
  }

  /** What the last micro-batch took. */
  public GradientTiming timing() {
    return gradient.timing();
  }

  private NoisyBatch noisy(List<TrainingSample> drawn, long step, long first) {
    TrainingSample any = drawn.get(0);
    List<float[]> latents = new ArrayList<>();
    List<float[]> noise = new ArrayList<>();
    List<float[]> added = new ArrayList<>();
    int[] timesteps = new int[drawn.size()];
    for (int j = 0; j < timesteps.length; j++) {
      long slot = first + j;
      float[] x = latents(drawn.get(j), step, slot);
      float[] e = noises.noise(x, any.channels(), any.height(), any.width(), step, slot);
      latents.add(x);
      noise.add(e);
      added.add(noises.perturbed(e, step, slot));
      timesteps[j] = objective.drawTimestep(random(Purpose.TIMESTEP, step, slot));
    }
    long[] shape = {any.channels(), any.height(), any.width()};
    NoisyBatch batch = objective.noise(shape, latents, noise, added, timesteps);
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
