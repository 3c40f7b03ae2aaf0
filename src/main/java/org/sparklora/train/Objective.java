package org.sparklora.train;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.sparklora.schedulers.NoiseSchedule;
import org.sparklora.schedulers.PredictionType;

/**
 * The denoising objective (Ho et al. 2020, arXiv 2006.11239): noise the latents to a timestep, ask
 * for the noise, the velocity (Salimans & Ho 2022, arXiv 2202.00512) or the latents themselves.
 */
public final class Objective {
  private final NoiseSchedule schedule;
  private final PredictionType predictionType;
  private final Optional<SnrWeights> snrWeights;
  private final float noiseOffset;

  public Objective(NoiseSchedule schedule, ObjectiveConfig config) {
    this.schedule = schedule;
    this.predictionType = config.predictionType().orElse(schedule.predictionType());
    this.snrWeights =
        config.snrGamma().isPresent()
            ? Optional.of(new SnrWeights(schedule, config.snrGamma().getAsDouble(), predictionType))
            : Optional.empty();
    this.noiseOffset = (float) config.noiseOffset();
  }

  /** Number of timesteps to draw from. */
  public int trainTimesteps() {
    return schedule.trainTimesteps();
  }

  /** Standard deviation of the constant added to each channel of the noise; 0 for none. */
  public float noiseOffset() {
    return noiseOffset;
  }

  /**
   * Noises a batch.
   *
   * @param shape of one sample's latents, {@code [C, h, w]}
   * @param latents one array a sample, scaled
   * @param noise one array a sample
   * @param timesteps one a sample
   */
  public NoisyBatch noise(
      long[] shape, List<float[]> latents, List<float[]> noise, int[] timesteps) {
    int n = latents.get(0).length;
    float[] noisy = new float[timesteps.length * n];
    float[] target = new float[timesteps.length * n];
    for (int i = 0; i < timesteps.length; i++) {
      float[] x = latents.get(i);
      float[] e = noise.get(i);
      int t = timesteps[i];
      System.arraycopy(schedule.addNoise(x, e, t), 0, noisy, i * n, n);
      float[] wanted =
          switch (predictionType) {
            case EPSILON -> e;
            case V_PREDICTION -> schedule.velocity(x, e, t);
            case SAMPLE -> x;
          };
      System.arraycopy(wanted, 0, target, i * n, n);
    }
    float[] weights = new float[timesteps.length];
    Arrays.fill(weights, 1);
    return new NoisyBatch(
        new long[] {timesteps.length, shape[0], shape[1], shape[2]},
        noisy,
        target,
        timesteps,
        snrWeights.map(snr -> snr.weights(timesteps)).orElse(weights));
  }
}
