package org.sparklora.train.objective;

import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;

/** Draws the noise of a sample from the seed, the step and the sample's place in the step. */
public final class NoiseSampler {
  private final NoiseConfig config;
  private final long seed;

  public NoiseSampler(NoiseConfig config, long seed) {
    this.config = config;
    this.seed = seed;
  }

  /**
   * The noise that the network must predict.
   *
   * @param latents {@code float[channels][height][width]}, scaled
   */
  public float[] noise(float[] latents, int channels, int height, int width, long step, long slot) {
    float[] noise = random(Purpose.NOISE, step, slot).normals(latents.length);
    int pixels = height * width;
    if (config.offset() != 0) {
      KeyedRandom random = random(Purpose.NOISE_OFFSET, step, slot);
      double deviation = config.offset() * (config.offsetRandomStrength() ? random.uniform() : 1);
      float[] drawn = random.normals(channels);
      for (int c = 0; c < channels; c++) {
        float offset = offset(deviation, latents, c * pixels, pixels);
        for (int i = c * pixels; i < (c + 1) * pixels; i++) {
          noise[i] += offset * drawn[c];
        }
      }
    }
    if (config.multiresIterations() > 0) {
      KeyedRandom random = random(Purpose.MULTIRES_NOISE, step, slot);
      new PyramidNoise(channels, height, width)
          .add(noise, config.multiresIterations(), config.multiresDiscount(), random);
    }
    return noise;
  }

  /** Standard deviation of a channel's constant, as kohya's {@code apply_noise_offset}. */
  private float offset(double deviation, float[] latents, int from, int pixels) {
    if (config.adaptiveScale() == 0) {
      return (float) deviation;
    }
    double sum = 0;
    for (int i = from; i < from + pixels; i++) {
      sum += latents[i];
    }
    float mean = Math.abs((float) (sum / pixels));
    return Math.max(0, (float) deviation + (float) config.adaptiveScale() * mean);
  }

  /**
   * The noise that is added to the latents: {@code noise + strength z} (Ning et al. 2023, arXiv
   * 2301.11706), as {@code --input_perturbation} of diffusers' script.
   */
  public float[] perturbed(float[] noise, long step, long slot) {
    if (config.inputPerturbation() == 0) {
      return noise;
    }
    KeyedRandom random = random(Purpose.INPUT_PERTURBATION, step, slot);
    double strength = config.inputPerturbation() * (config.randomStrength() ? random.uniform() : 1);
    float[] more = random.normals(noise.length);
    float[] perturbed = new float[noise.length];
    for (int i = 0; i < noise.length; i++) {
      perturbed[i] = noise[i] + (float) strength * more[i];
    }
    return perturbed;
  }

  private KeyedRandom random(Purpose purpose, long step, long slot) {
    return KeyedRandom.of(seed, purpose, step, slot);
  }
}
