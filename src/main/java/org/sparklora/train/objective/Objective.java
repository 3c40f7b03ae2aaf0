package org.sparklora.train.objective;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.util.InvalidInputException;

/**
 * The denoising objective (Ho et al. 2020, arXiv 2006.11239): latents are noised to a timestep, and
 * the network predicts the noise, the velocity (Salimans and Ho 2022, arXiv 2202.00512) or the
 * latents themselves.
 */
public final class Objective {
  private final NoiseSchedule schedule;
  private final PredictionType predictionType;
  private final NoiseConfig noise;
  private final TimestepSampler timesteps;
  private final Optional<ErrorCost> huber;

  /** The factor on a sample's error by timestep. */
  private final float[] weights;

  /**
   * @throws InvalidInputException (CONFIGURATION) when the settings do not fit the schedule
   */
  public Objective(NoiseSchedule schedule, ObjectiveConfig config) {
    this.schedule = schedule;
    this.predictionType = config.predictionType().orElse(schedule.predictionType());
    this.noise = config.noise();
    this.timesteps = new TimestepSampler(config.timesteps(), schedule.trainTimesteps());
    this.huber =
        config.loss().type() == LossConfig.Type.L2
            ? Optional.empty()
            : Optional.of(new ErrorCost(schedule, config.loss()));
    this.weights = new float[schedule.trainTimesteps()];
    Arrays.fill(weights, 1);
    if (config.snrGamma().isPresent()) {
      double gamma = config.snrGamma().getAsDouble();
      multiply(new SnrWeights(schedule, gamma, predictionType)::weight);
    }
    if (config.debiasedEstimation()) {
      multiply(new DebiasedWeights(schedule, predictionType)::weight);
    }
    if (!config.snr().equals(SnrConfig.PLAIN)) {
      multiply(new VelocityWeights(schedule, config.snr(), predictionType)::weight);
    }
    requireFinite(
        config.snr().velocityShare() > 0 ? "--v_pred_like_loss" : "--debiased_estimation_loss");
  }

  /** The weight of a timestep. */
  private interface Weight {
    float at(int t);
  }

  private void multiply(Weight weight) {
    for (int t = 0; t < weights.length; t++) {
      weights[t] *= weight.at(t);
    }
  }

  private void requireFinite(String flag) {
    for (int t = 0; t < weights.length; t++) {
      if (!Float.isFinite(weights[t]) && timesteps.canDraw(t)) {
        throw InvalidInputException.configuration(
            "Invalid "
                + flag
                + ": its weight is infinite at timestep "
                + t
                + ", where this model's schedule is pure noise; set --max_timestep="
                + t
                + " or leave it out");
      }
    }
  }

  /** The noise that is added to latents. */
  public NoiseConfig noiseConfig() {
    return noise;
  }

  /** Draws a timestep from the first numbers of a stream. */
  public int drawTimestep(KeyedRandom random) {
    return timesteps.draw(random);
  }

  /**
   * Noises a batch.
   *
   * @param shape of one sample's latents, {@code [C, h, w]}
   * @param latents one array a sample, scaled
   * @param noise one array a sample
   * @param timesteps one a sample
   * @return noisy latents and target, {@code float[batch * C * h * w]} each. The target is the
   *     noise, the velocity {@code sqrt(a_t) noise - sqrt(1 - a_t) latent} or the latents, by the
   *     prediction type
   */
  public NoisyBatch noise(
      long[] shape, List<float[]> latents, List<float[]> noise, int[] timesteps) {
    return noise(shape, latents, noise, noise, timesteps);
  }

  /**
   * Noises a batch with noise that may differ from the noise of the target, as for input
   * perturbation.
   *
   * @param added noise that is added to the latents, one array a sample
   */
  public NoisyBatch noise(
      long[] shape,
      List<float[]> latents,
      List<float[]> noise,
      List<float[]> added,
      int[] timesteps) {
    int n = latents.get(0).length;
    float[] noisy = new float[timesteps.length * n];
    float[] target = new float[timesteps.length * n];
    float[] chosen = new float[timesteps.length];
    for (int i = 0; i < timesteps.length; i++) {
      float[] x = latents.get(i);
      if (x.length != n) {
        throw new IllegalArgumentException("latents of " + n + " and " + x.length + " values");
      }
      float[] e = noise.get(i);
      int t = timesteps[i];
      System.arraycopy(schedule.addNoise(x, added.get(i), t), 0, noisy, i * n, n);
      float[] wanted =
          switch (predictionType) {
            case EPSILON -> e;
            case V_PREDICTION -> schedule.velocity(x, e, t);
            case SAMPLE -> x;
          };
      System.arraycopy(wanted, 0, target, i * n, n);
      chosen[i] = weights[t];
    }
    return new NoisyBatch(
        new long[] {timesteps.length, shape[0], shape[1], shape[2]},
        noisy,
        target,
        timesteps,
        chosen,
        huber.map(cost -> cost.of(timesteps)));
  }
}
