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
  /** What the UNet is told at each step, from noise to image; whole numbers for most schedulers. */
  float[] timesteps();

  /** The standard deviation of the noise to start from. */
  default double initNoiseSigma() {
    return 1;
  }

  /** What the UNet is given for {@code sample} at step {@code index}. */
  default float[] scaleModelInput(float[] sample, int index) {
    return sample;
  }

  /** How many model calls make a step: 2 for Heun, as diffusers' {@code order}. */
  default int order() {
    return 1;
  }

  /**
   * Leaves out the steps before one, for image to image; before the first step.
   *
   * @param index into {@link #timesteps()}
   */
  void startAt(int index);

  /**
   * The latent with the noise of a step, from which image to image starts there.
   *
   * @param original the clean latent
   * @param noise standard normal, of the same length
   */
  float[] addNoise(float[] original, float[] noise, int index);

  /**
   * Takes one step.
   *
   * @param modelOutput the UNet's output at {@code timesteps()[index]}
   * @param index the step, from 0, each once and in order
   * @param sample the latent before the step; left as it is
   * @param noise asked by the schedulers that draw noise, where they draw it
   * @return the latent after the step
   */
  float[] step(float[] modelOutput, int index, float[] sample, NoiseSource noise);
}
