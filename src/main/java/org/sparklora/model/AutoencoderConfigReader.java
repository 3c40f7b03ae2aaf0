package org.sparklora.model;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.sparklora.model.folder.ConfigReader;
import org.sparklora.nn.Activation;
import org.sparklora.nn.vae.AutoencoderConfig;
import org.sparklora.nn.vae.AutoencoderKLConfig;
import org.sparklora.nn.vae.AutoencoderTinyConfig;

/** Reads {@code vae/config.json}: diffusers' fields and defaults of both autoencoders. */
final class AutoencoderConfigReader {
  private static final int MOST_LATENT_CHANNELS = 1024;

  private final ConfigReader config;

  AutoencoderConfigReader(ConfigReader config) {
    this.config = config;
  }

  /** Whether this is an {@code AutoencoderTiny}; the only other known class is AutoencoderKL. */
  boolean isTiny() {
    config.requireDefault("_class_name", "AutoencoderKL", "AutoencoderTiny");
    return config.text("_class_name", "AutoencoderKL").equals("AutoencoderTiny");
  }

  /** The configuration of either class. */
  AutoencoderConfig read() {
    return isTiny() ? readTiny() : readKL();
  }

  AutoencoderKLConfig readKL() {
    List<Integer> channels =
        config.integers("block_out_channels", List.of(64), ConfigReader.MOST_CHANNELS);
    int groups = config.positive("norm_num_groups", 32, ConfigReader.MOST_CHANNELS);
    for (int c : channels) {
      if (c % groups != 0) {
        config.problem("norm_num_groups", "it does not divide " + c + " channels");
      }
    }
    requireAll("down_block_types", "DownEncoderBlock2D", channels.size());
    requireAll("up_block_types", "UpDecoderBlock2D", channels.size());
    config.requireDefault("shift_factor", 0.0);
    config.requireDefault("latents_mean");
    config.requireDefault("latents_std");
    AutoencoderKLConfig kl =
        new AutoencoderKLConfig(
            config.positive("in_channels", 3, ConfigReader.MOST_CHANNELS),
            config.positive("out_channels", 3, ConfigReader.MOST_CHANNELS),
            channels,
            config.positive("layers_per_block", 1, ConfigReader.MOST_LAYERS),
            activation("silu"),
            config.positive("latent_channels", 4, MOST_LATENT_CHANNELS),
            groups,
            scalingFactor(0.18215),
            config.bool("use_quant_conv", true),
            config.bool("use_post_quant_conv", true),
            config.bool("mid_block_add_attention", true));
    config.refuseUnread(Set.of("sample_size", "force_upcast"));
    config.check();
    return kl;
  }

  AutoencoderTinyConfig readTiny() {
    config.requireDefault("upsample_fn", "nearest");
    config.requireDefault("upsampling_scaling_factor", 2);
    config.requireDefault("shift_factor", 0.0);
    AutoencoderTinyConfig tiny =
        new AutoencoderTinyConfig(
            config.positive("in_channels", 3, ConfigReader.MOST_CHANNELS),
            config.positive("out_channels", 3, ConfigReader.MOST_CHANNELS),
            channels("encoder_block_out_channels"),
            channels("decoder_block_out_channels"),
            config.integers("num_encoder_blocks", List.of(1, 3, 3, 3), ConfigReader.MOST_LAYERS),
            config.integers("num_decoder_blocks", List.of(3, 3, 3, 1), ConfigReader.MOST_LAYERS),
            activation("relu"),
            config.positive("latent_channels", 4, MOST_LATENT_CHANNELS),
            scalingFactor(1.0));
    requireSameLength(
        "num_encoder_blocks", tiny.numEncoderBlocks(), tiny.encoderBlockOutChannels());
    requireSameLength(
        "num_decoder_blocks", tiny.numDecoderBlocks(), tiny.decoderBlockOutChannels());
    if (tiny.encoderBlockOutChannels().size() != tiny.decoderBlockOutChannels().size()) {
      config.problem(
          "decoder_block_out_channels",
          "the encoder has " + tiny.encoderBlockOutChannels().size() + " blocks");
    }
    // diffusers uses these fields only in methods other than encode and decode.
    config.refuseUnread(
        Set.of("block_out_channels", "latent_magnitude", "latent_shift", "force_upcast"));
    config.check();
    return tiny;
  }

  private List<Integer> channels(String name) {
    List<Integer> channels =
        config.integers(name, List.of(64, 64, 64, 64), ConfigReader.MOST_CHANNELS);
    if (Set.copyOf(channels).size() != 1) {
      config.problem(name, "all blocks must have the same number of channels");
    }
    return channels;
  }

  private void requireSameLength(String name, List<Integer> counts, List<Integer> channels) {
    if (counts.size() != channels.size()) {
      config.problem(name, "one for each of " + channels.size() + " blocks is expected");
    }
  }

  private void requireAll(String name, String type, int count) {
    if (!config.texts(name, List.of(type)).equals(Collections.nCopies(count, type))) {
      config.problem(name, "supported: " + count + " times " + type);
    }
  }

  private double scalingFactor(double byDefault) {
    return config.number("scaling_factor", byDefault, 1e-4, 1e4);
  }

  private Activation activation(String byDefault) {
    return Activation.of(config.text("act_fn", byDefault))
        .orElseGet(
            () -> {
              config.problem("act_fn", "supported: silu, swish, mish, gelu, relu");
              return Activation.SILU;
            });
  }
}
