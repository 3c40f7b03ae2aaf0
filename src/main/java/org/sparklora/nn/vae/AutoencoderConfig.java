package org.sparklora.nn.vae;

/** The fields of {@code vae/config.json} that matter to a model's other parts. */
public sealed interface AutoencoderConfig permits AutoencoderKLConfig, AutoencoderTinyConfig {
  /** Channels of the pictures that are encoded. */
  int inChannels();

  /** Channels of the pictures that are decoded. */
  int outChannels();

  int latentChannels();

  /** The factor on latents before the UNet gets them. */
  double scalingFactor();

  /** Channels of the widest layer of the encoder that has the picture's own resolution. */
  int widestEncoded();

  /** Channels of the widest layer of the decoder that has the picture's own resolution. */
  int widestDecoded();

  /** The side of a latent's square in pixels. */
  int downscale();
}
