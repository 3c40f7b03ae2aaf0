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
 * The denoising loss of held-out samples: unweighted, without dropout, at a timestep and a noise
 * that are functions of the seed and the sample, so that it can be compared over a run and between
 * runs.
 */
public final class HeldOutLoss {
  /** Where held-out samples come from. */
  public interface Source {
    /** The samples of a batch, by a key that is each one's own. */
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
   * @param objective without weights and noise offset, all timesteps alike
   * @param latentScale what latents are multiplied by before the UNet sees them
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

  /** The sum of a batch's losses, with the values the adapter has. */
  public double sum(int batch) {
    List<Keyed> samples = source.batch(batch);
    try (NDManager scope = ops.manager().newSubManager()) {
      adapter.leaveOutDropout(scope);
      EncodedText told =
          text.encode(scope, samples.stream().map(keyed -> keyed.sample().tokenIds()).toList());
      return network.evaluate(noisy(samples), told) * samples.size();
    }
  }

  /** Each sample's latents are the mean of its posterior. */
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
