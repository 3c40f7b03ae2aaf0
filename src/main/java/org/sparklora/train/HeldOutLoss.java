package org.sparklora.train;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.train.objective.NoisyBatch;
import org.sparklora.train.objective.Objective;

/**
 * The denoising loss of held-out samples: unweighted and without dropout. Timestep and noise are
 * functions of the seed and the sample, so the loss can be compared over a run and between runs.
 */
public final class HeldOutLoss {
  /** The source of held-out samples. */
  public interface Source {
    /** The samples of a batch, each with a key that no other sample has. */
    List<Keyed> batch(int number);
  }

  /** A held-out sample. */
  public record Keyed(long key, TrainingSample sample) {}

  private final Ops ops;
  private final AdapterGradient network;
  private final LoraAdapter adapter;
  private final TextEncoding text;
  private final Objective objective;
  private final Source source;
  private final long seed;
  private final double latentScale;

  /**
   * @param objective without weights and noise offset, with all timesteps alike
   * @param latentScale factor on latents before the UNet gets them
   */
  public HeldOutLoss(
      Ops ops,
      AdapterGradient network,
      LoraAdapter adapter,
      TextEncoding text,
      Objective objective,
      Source source,
      long seed,
      double latentScale) {
    this.ops = ops;
    this.network = network;
    this.adapter = adapter;
    this.text = text;
    this.objective = objective;
    this.source = source;
    this.seed = seed;
    this.latentScale = latentScale;
  }

  /** The sum of a batch's losses, with the adapter's current values. */
  public double sum(int batch) {
    List<Keyed> samples = source.batch(batch);
    try (NDManager scope = ops.manager().newSubManager()) {
      adapter.leaveOutDropout(scope);
      EncodedText told =
          text.encode(scope, samples.stream().map(keyed -> keyed.sample().tokenIds()).toList());
      return network.evaluate(noisy(samples), told) * samples.size();
    }
  }

  /** Noises the samples. A sample's latents are the mean of its posterior. */
  NoisyBatch noisy(List<Keyed> samples) {
    List<float[]> latents = new ArrayList<>();
    List<float[]> noise = new ArrayList<>();
    int[] timesteps = new int[samples.size()];
    for (int i = 0; i < timesteps.length; i++) {
      float[] scaled = samples.get(i).sample().mean().clone();
      for (int j = 0; j < scaled.length; j++) {
        scaled[j] *= (float) latentScale;
      }
      KeyedRandom random = KeyedRandom.of(seed, Purpose.HELD_OUT, 0, samples.get(i).key());
      timesteps[i] = objective.drawTimestep(random);
      latents.add(scaled);
      noise.add(random.normals(scaled.length));
    }
    TrainingSample any = samples.get(0).sample();
    long[] shape = {any.channels(), any.height(), any.width()};
    NoisyBatch batch = objective.noise(shape, latents, noise, timesteps);
    List<TrainingSample> pictures = samples.stream().map(Keyed::sample).toList();
    return any.sizes().isPresent() ? batch.withTimeIds(PictureSizes.timeIds(pictures)) : batch;
  }
}
