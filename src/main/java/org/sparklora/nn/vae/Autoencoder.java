package org.sparklora.nn.vae;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Optional;

/** Turns pictures into latents and back. */
public sealed interface Autoencoder permits AutoencoderKL, AutoencoderTiny {
  /**
   * The distribution of a picture's latents, before the scaling factor.
   *
   * @param mean {@code [batch, latentChannels, h / f, w / f]}, fp32
   * @param logVariance the same shape, clamped to [-30, 20]; empty if the latents are certain
   */
  record Posterior(NDArray mean, Optional<NDArray> logVariance) {}

  /**
   * Encodes pictures.
   *
   * @param pixels {@code [batch, 3, h, w]} in [-1, 1], compute type
   */
  Posterior encode(NDManager scope, NDArray pixels);

  /**
   * Decodes latents.
   *
   * @param latents {@code [batch, latentChannels, h, w]} divided by the scaling factor, compute
   *     type
   * @return pixels {@code [batch, 3, h * f, w * f]}, about in [-1, 1], compute type
   */
  NDArray decode(NDManager scope, NDArray latents);

  AutoencoderConfig config();

  /** The factor on latents before the UNet gets them. */
  default double scalingFactor() {
    return config().scalingFactor();
  }

  default int latentChannels() {
    return config().latentChannels();
  }

  /** The side of a latent's square in pixels, f. */
  default int downscale() {
    return config().downscale();
  }
}
