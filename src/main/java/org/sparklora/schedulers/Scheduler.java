package org.sparklora.schedulers;

/**
 * One sampling run of a noise scheduler: from pure noise to a latent in {@link #timesteps()} steps.
 *
 * <pre>{@code
 * float[] sample = noise * initNoiseSigma();
 * for (int i = 0; i < timesteps().length; i++) {
 *   float[] output = unet(scaleModelInput(sample, i), timesteps()[i]);
 *   sample = step(output, i, sample, noise);
 * }
 * }</pre>
 *
 * <p>Latents are flat {@code float[]} of any shape. A run is used once, step after step, by one
 * thread: multistep solvers remember earlier outputs.
 */
public interface Scheduler {
  /**
   * The timesteps that the UNet gets, from noise to image. They are whole numbers for most
   * schedulers.
   */
  float[] timesteps();

  /** The standard deviation of the noise to start from. */
  default double initNoiseSigma() {
    return 1;
  }

  /** The UNet's input for {@code sample} at step {@code index}. */
  default float[] scaleModelInput(float[] sample, int index) {
    return sample;
  }

  /** The number of model calls of a step: 2 for Heun, as diffusers' {@code order}. */
  default int order() {
    return 1;
  }

  /**
   * Skips the steps before one, for image to image. Call this before the first step.
   *
   * @param index into {@link #timesteps()}
   * @throws IllegalArgumentException if a step was taken already, or there is no such step
   */
  void startAt(int index);

  /**
   * A latent with the noise of a step, from which image to image starts.
   *
   * @param original the clean latent
   * @param noise standard normal, of the same length
   */
  float[] addNoise(float[] original, float[] noise, int index);

  /**
   * Takes one step.
   *
   * @param modelOutput the UNet's output at {@code timesteps()[index]}
   * @param index of the step, from 0; call each once and in order
   * @param sample the latent before the step; it is not changed
   * @param noise the source for schedulers that draw noise
   * @return the latent after the step, of the same length
   * @throws IllegalArgumentException if a step is left out, repeated or past the end
   */
  float[] step(float[] modelOutput, int index, float[] sample, NoiseSource noise);
}
