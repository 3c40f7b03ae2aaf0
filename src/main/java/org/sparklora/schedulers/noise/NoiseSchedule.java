package org.sparklora.schedulers.noise;

import java.util.List;

/**
 * The amounts of signal and noise of a latent at each timestep, in fp32, with the rounding of
 * diffusers' {@code DDPMScheduler} on a CPU: {@code noisy = sqrt(a_t) latent + sqrt(1 - a_t) noise}
 * with {@code a_t} the product of {@code 1 - beta} up to t (Ho et al. 2020, arXiv 2006.11239).
 */
public final class NoiseSchedule {
  private final float[] alphasCumprod;
  private final PredictionType predictionType;

  private NoiseSchedule(float[] alphasCumprod, PredictionType predictionType) {
    this.alphasCumprod = alphasCumprod;
    this.predictionType = predictionType;
  }

  public static NoiseSchedule of(SchedulerConfig config) {
    float[] betas = config.trainedBetas().map(NoiseSchedule::floats).orElseGet(() -> betas(config));
    if (config.rescaleBetasZeroSnr()) {
      betas = rescaleToZeroTerminalSnr(betas);
    }
    return new NoiseSchedule(cumulativeProduct(betas), config.predictionType());
  }

  /**
   * The number of timesteps. They run from 0, which is nearly clean, up to this number (exclusive).
   */
  public int trainTimesteps() {
    return alphasCumprod.length;
  }

  /** The quantity that the base model predicts. */
  public PredictionType predictionType() {
    return predictionType;
  }

  /** {@code a_t}, {@code alphas_cumprod[t]} in diffusers. */
  public float alphaCumprod(int t) {
    return alphasCumprod[t];
  }

  /** {@code sqrt(a_t)}: the factor on the latent; in the velocity, on the noise. */
  public float signal(int t) {
    return (float) Math.sqrt(alphasCumprod[t]);
  }

  /** {@code sqrt(1 - a_t)}: the factor on the noise; in the velocity, negated, on the latent. */
  public float noise(int t) {
    return (float) Math.sqrt(1 - alphasCumprod[t]);
  }

  /** {@code sqrt(a_t) latent + sqrt(1 - a_t) noise}. */
  public float[] addNoise(float[] latent, float[] noise, int t) {
    return combine(signal(t), latent, noise(t), noise);
  }

  /** The target of v-prediction: {@code sqrt(a_t) noise - sqrt(1 - a_t) latent}. */
  public float[] velocity(float[] latent, float[] noise, int t) {
    return combine(signal(t), noise, -noise(t), latent);
  }

  /** Noise over signal at each timestep, {@code sqrt((1 - a_t) / a_t)}. */
  public float[] sigmas() {
    float[] sigmas = new float[alphasCumprod.length];
    for (int t = 0; t < sigmas.length; t++) {
      sigmas[t] = (float) Math.sqrt((1 - alphasCumprod[t]) / alphasCumprod[t]);
    }
    return sigmas;
  }

  /** The same schedule, except that {@code a_t} of the last timestep is {@code alpha}. */
  public NoiseSchedule withTerminalAlpha(float alpha) {
    float[] changed = alphasCumprod.clone();
    changed[changed.length - 1] = alpha;
    return new NoiseSchedule(changed, predictionType);
  }

  private static float[] betas(SchedulerConfig config) {
    int n = config.trainTimesteps();
    return switch (config.betaSchedule()) {
      case LINEAR -> linspace((float) config.betaStart(), (float) config.betaEnd(), n);
      case SCALED_LINEAR -> {
        float[] roots =
            linspace((float) Math.sqrt(config.betaStart()), (float) Math.sqrt(config.betaEnd()), n);
        for (int t = 0; t < n; t++) {
          roots[t] *= roots[t];
        }
        yield roots;
      }
      case SQUAREDCOS_CAP_V2 -> {
        float[] betas = new float[n];
        for (int t = 0; t < n; t++) {
          betas[t] =
              (float)
                  Math.min(1 - alphaBar((t + 1) / (double) n) / alphaBar(t / (double) n), 0.999);
        }
        yield betas;
      }
    };
  }

  private static double alphaBar(double time) {
    double cosine = StrictMath.cos((time + 0.008) / 1.008 * Math.PI / 2);
    return cosine * cosine;
  }

  /**
   * Equals {@code torch.linspace} in fp32: each half is counted from its own end, with fused
   * multiply and add.
   */
  public static float[] linspace(float start, float end, int n) {
    float step = (end - start) / (n - 1);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = i < n / 2 ? Math.fma(step, i, start) : Math.fma(-step, n - 1 - i, end);
    }
    return values;
  }

  /** The running product of {@code 1 - beta}, computed in double as in torch on a CPU. */
  private static float[] cumulativeProduct(float[] betas) {
    float[] products = new float[betas.length];
    double product = 1;
    for (int t = 0; t < betas.length; t++) {
      product *= 1 - betas[t];
      products[t] = (float) product;
    }
    return products;
  }

  /** Shifts and scales {@code sqrt(a_t)} so that it ends at 0 (arXiv 2305.08891, algorithm 1). */
  private static float[] rescaleToZeroTerminalSnr(float[] betas) {
    float[] products = cumulativeProduct(betas);
    float first = (float) Math.sqrt(products[0]);
    float last = (float) Math.sqrt(products[products.length - 1]);
    float factor = first / (first - last);
    float previous = 1;
    float[] rescaled = new float[betas.length];
    for (int t = 0; t < rescaled.length; t++) {
      float root = ((float) Math.sqrt(products[t]) - last) * factor;
      rescaled[t] = 1 - root * root / previous;
      previous = root * root;
    }
    return rescaled;
  }

  private static float[] combine(float a, float[] x, float b, float[] y) {
    float[] sum = new float[x.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = a * x[i] + b * y[i];
    }
    return sum;
  }

  private static float[] floats(List<Float> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i);
    }
    return floats;
  }

  /** {@code signal(t) * original + noise(t) * noise} (Ho et al. 2020, equation 4). */
  public float[] noisy(float[] original, float[] noise, int t) {
    return noisy(original, signal(t), noise, noise(t));
  }

  public static float[] noisy(float[] original, float signal, float[] noise, float deviation) {
    float[] noisy = new float[original.length];
    for (int i = 0; i < noisy.length; i++) {
      noisy[i] = signal * original[i] + deviation * noise[i];
    }
    return noisy;
  }

  /**
   * Derives the clean latent and the noise from the model's output, by {@link #predictionType()}.
   *
   * @param sample the model's input, {@code signal(t) * original + noise(t) * epsilon}
   * @param t timestep, from 0
   */
  public Prediction prediction(float[] modelOutput, float[] sample, int t) {
    return Prediction.of(predictionType(), modelOutput, sample, signal(t), noise(t));
  }
}
