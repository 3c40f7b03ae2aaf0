package org.sparklora.nn.vae;

/** The fields of {@code vae/config.json} that a model's other parts have to do with. */
public sealed interface AutoencoderConfig permits AutoencoderKLConfig, AutoencoderTinyConfig {
  /** Channels of the pictures that are encoded. */
  int inChannels();

  /** Channels of the pictures that are decoded. */
  int outChannels();

  int latentChannels();

  /** What latents are multiplied by before the UNet sees them. */
  double scalingFactor();

  /** The side of a latent's square in pixels. */
  int downscale();
}
