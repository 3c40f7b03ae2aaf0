package org.sparklora.schedulers.noise;

/**
 * The clean latent and the noise that a UNet output implies, with {@code sample = signal * original
 * + noise * epsilon}.
 *
 * @param original the clean latent
 * @param epsilon the noise
 */
public record Prediction(float[] original, float[] epsilon) {
  /**
   * Solves for both from the output of a UNet.
   *
   * @param signal the factor on the clean latent in {@code sample}
   * @param noise the factor on the noise in {@code sample}
   * @return {@code float[sample.length]} each
   */
  public static Prediction of(
      PredictionType type, float[] modelOutput, float[] sample, float signal, float noise) {
    float[] computed = new float[sample.length];
    switch (type) {
      case EPSILON -> {
        for (int i = 0; i < computed.length; i++) {
          computed[i] = (sample[i] - noise * modelOutput[i]) / signal;
        }
        return new Prediction(computed, modelOutput);
      }
      case SAMPLE -> {
        for (int i = 0; i < computed.length; i++) {
          computed[i] = (sample[i] - signal * modelOutput[i]) / noise;
        }
        return new Prediction(modelOutput, computed);
      }
      case V_PREDICTION -> {
        float[] epsilon = new float[sample.length];
        for (int i = 0; i < computed.length; i++) {
          computed[i] = signal * sample[i] - noise * modelOutput[i];
          epsilon[i] = signal * modelOutput[i] + noise * sample[i];
        }
        return new Prediction(computed, epsilon);
      }
    }
    throw new AssertionError(type);
  }

  /**
   * The same prediction with the clean latent clipped to {@code -range} to {@code range}. The noise
   * stays.
   */
  public Prediction clipped(float range) {
    return new Prediction(clipped(original, range), epsilon);
  }

  public static float[] clipped(float[] original, float range) {
    float[] clipped = new float[original.length];
    for (int i = 0; i < clipped.length; i++) {
      clipped[i] = Math.max(-range, Math.min(range, original[i]));
    }
    return clipped;
  }
}
