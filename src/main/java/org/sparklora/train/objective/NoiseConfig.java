package org.sparklora.train.objective;

import java.io.Serializable;

/**
 * What is added to latents.
 *
 * @param offset {@code --noise_offset}, standard deviation of a per-channel constant added to the
 *     noise; 0 for none
 * @param adaptiveScale {@code --adaptive_noise_scale}: times the magnitude of a channel's mean,
 *     added to the offset
 * @param multiresIterations {@code --multires_noise_iterations}, coarser noises that are added; 0
 *     for none
 * @param multiresDiscount {@code --multires_noise_discount}, each one's factor on the one before
 * @param inputPerturbation {@code --input_perturbation}: more noise in the network's input than in
 *     what it is asked for; 0 for none
 * @param randomStrength {@code --ip_noise_gamma_random_strength}: the perturbation's strength is
 *     drawn from 0 to its value
 */
public record NoiseConfig(
    double offset,
    double adaptiveScale,
    int multiresIterations,
    double multiresDiscount,
    double inputPerturbation,
    boolean randomStrength)
    implements Serializable {
  /** Plain noise but for an offset. */
  public static NoiseConfig offset(double offset) {
    return new NoiseConfig(offset, 0, 0, 0.3, 0, false);
  }
}
