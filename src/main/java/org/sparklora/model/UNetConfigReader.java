package org.sparklora.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.sparklora.model.folder.ConfigReader;
import org.sparklora.nn.Activation;
import org.sparklora.nn.attention.CrossAttentionType;
import org.sparklora.nn.unet.UNetConfig;

/**
 * Reads {@code unet/config.json}: diffusers' fields and defaults of {@code UNet2DConditionModel}.
 * Fields that ask for something that is not computed here are refused by name.
 */
final class UNetConfigReader {
  /** Fields that the block types of SD 1.x and 2.x never look at. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "addition_embed_type_num_heads",
          "resnet_skip_time_act",
          "resnet_out_scale_factor",
          "mid_block_only_cross_attention");

  private static final int MOST_LATENTS = 1 << 13;
  private static final int MOST_KERNEL = 31;

  /** The least width, because the embedding divides by half of it less one. */
  private static final int LEAST_CONDITION = 4;

  private final ConfigReader config;

  UNetConfigReader(ConfigReader config) {
    this.config = config;
  }

  UNetConfig read() {
    List<Integer> channels =
        config.integers(
            "block_out_channels", List.of(320, 640, 1280, 1280), ConfigReader.MOST_CHANNELS);
    int groups = config.positive("norm_num_groups", 32, ConfigReader.MOST_CHANNELS);
    for (int c : channels) {
      if (c % groups != 0) {
        config.problem("norm_num_groups", "it does not divide " + c + " channels");
      }
    }
    List<UNetConfig.Block> blocks = blocks(channels);
    config.requireDefault("resnet_time_scale_shift", "default", "scale_shift");
    UNetConfig unet =
        new UNetConfig(
            config.has("sample_size")
                ? config.integers("sample_size", 2, 64, MOST_LATENTS).get(0)
                : 64,
            config.positive("in_channels", 4, ConfigReader.MOST_CHANNELS),
            config.positive("out_channels", 4, ConfigReader.MOST_CHANNELS),
            config.bool("center_input_sample", false),
            config.bool("flip_sin_to_cos", true),
            frequencyShift(channels.get(0)),
            blocks,
            midTransformerLayers(channels.size()),
            config.number("mid_block_scale_factor", 1, 1e-3, 1e3),
            config.integer("downsample_padding", 1, 0, 1),
            activation("act_fn", "silu"),
            groups,
            config.number("norm_eps", 1e-5, 0, 1),
            config.bool("use_linear_projection", false),
            config.bool("upcast_attention", false),
            crossAttention(),
            config.text("resnet_time_scale_shift", "default").equals("scale_shift"),
            timeEmbeddingDim(4 * channels.get(0)),
            config.integer("time_cond_proj_dim", 0, LEAST_CONDITION, ConfigReader.MOST_CHANNELS),
            added(),
            optionalActivation("time_embedding_act_fn"),
            optionalActivation("timestep_post_act"),
            kernel("conv_in_kernel"),
            kernel("conv_out_kernel"));
    refuseOtherArchitectures();
    config.refuseUnread(WITHOUT_EFFECT);
    config.check();
    return unet;
  }

  private List<UNetConfig.Block> blocks(List<Integer> channels) {
    int count = channels.size();
    List<String> down = types("down_block_types", "CrossAttnDownBlock2D", "DownBlock2D", count);
    List<String> up = types("up_block_types", "CrossAttnUpBlock2D", "UpBlock2D", count);
    List<Integer> layers = config.integers("layers_per_block", count, 2, ConfigReader.MOST_LAYERS);
    List<Integer> heads =
        config.integers("attention_head_dim", count, 8, ConfigReader.MOST_CHANNELS);
    List<Integer> text =
        config.integers("cross_attention_dim", count, 1280, ConfigReader.MOST_CHANNELS);
    List<Boolean> onlyCross = config.bools("only_cross_attention", count, false);
    List<List<Integer>> downDepths =
        config.nestedIntegers("transformer_layers_per_block", layers, 1, ConfigReader.MOST_LAYERS);
    List<List<Integer>> upDepths = upTransformerLayers(layers, downDepths);
    // The wrong number of block types has been reported already, and no blocks can be built.
    if (down.size() != count || up.size() != count) {
      return List.of(new UNetConfig.Block(1, 1, 1, 1, false, List.of(), List.of()));
    }
    List<UNetConfig.Block> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean downAttends = down.get(i).startsWith("CrossAttn");
      boolean upAttends = up.get(count - 1 - i).startsWith("CrossAttn");
      if ((downAttends || upAttends) && heads.get(i) > channels.get(i)) {
        config.problem("attention_head_dim", channels.get(i) + " channels have no more heads");
      }
      blocks.add(
          new UNetConfig.Block(
              channels.get(i),
              layers.get(i),
              heads.get(i),
              text.get(i),
              onlyCross.get(i),
              downAttends ? downDepths.get(i) : List.of(),
              upAttends ? upDepths.get(count - 1 - i) : List.of()));
    }
    return blocks;
  }

  private List<String> types(String name, String attending, String plain, int count) {
    List<String> types = new ArrayList<>(Collections.nCopies(count - 1, attending));
    types.add(name.startsWith("down") ? count - 1 : 0, plain);
    types = config.texts(name, types);
    if (types.size() != count) {
      config.problem(name, "block_out_channels has " + count + " blocks");
    }
    if (!Set.of(attending, plain).containsAll(types)) {
      config.problem(name, "supported: " + attending + ", " + plain);
    }
    return types;
  }

  /** Depths in the order of the up blocks, coarsest first. */
  private List<List<Integer>> upTransformerLayers(
      List<Integer> layers, List<List<Integer>> downDepths) {
    List<Integer> upLayers = new ArrayList<>();
    List<List<Integer>> mirrored = new ArrayList<>();
    for (int i = layers.size() - 1; i >= 0; i--) {
      upLayers.add(layers.get(i) + 1);
      mirrored.add(Collections.nCopies(layers.get(i) + 1, downDepths.get(i).get(0)));
      if (Set.copyOf(downDepths.get(i)).size() > 1
          && !config.has("reverse_transformer_layers_per_block")) {
        config.problem(
            "transformer_layers_per_block",
            "with depths that differ inside a block, reverse_transformer_layers_per_block must"
                + " give those of the up blocks");
      }
    }
    return config.has("reverse_transformer_layers_per_block")
        ? config.nestedIntegers(
            "reverse_transformer_layers_per_block", upLayers, 1, ConfigReader.MOST_LAYERS)
        : mirrored;
  }

  /**
   * Layers of the middle block; empty if an explicit null in the configuration says that there is
   * none.
   */
  private OptionalInt midTransformerLayers(int count) {
    String name = "mid_block_type";
    if (config.isNull(name)) {
      return OptionalInt.empty();
    }
    return switch (config.text(name, "UNetMidBlock2DCrossAttn")) {
      case "UNetMidBlock2D" -> OptionalInt.of(0);
      case "UNetMidBlock2DCrossAttn" -> {
        List<Integer> layers =
            config.integers("layers_per_block", count, 2, ConfigReader.MOST_LAYERS);
        yield OptionalInt.of(
            config
                .nestedIntegers("transformer_layers_per_block", layers, 1, ConfigReader.MOST_LAYERS)
                .get(count - 1)
                .get(0));
      }
      default -> {
        config.problem(name, "supported: UNetMidBlock2DCrossAttn, UNetMidBlock2D, null");
        yield OptionalInt.empty();
      }
    };
  }

  private int kernel(String name) {
    int size = config.positive(name, 3, MOST_KERNEL);
    if (size % 2 == 0) {
      config.problem(name, "an odd number is expected: another one changes the latents' size");
    }
    return size;
  }

  /**
   * The shift of frequencies. Half the channels, less the shift, is a divisor and must not be zero.
   */
  private double frequencyShift(int channels) {
    double shift = config.number("freq_shift", 0, -1e3, 1e3);
    int half = channels / 2;
    if (shift >= half) {
      config.problem("freq_shift", "it must be below half of " + channels + " channels");
    }
    return shift;
  }

  /** The size of the time embedding. diffusers treats 0 like null here. */
  private int timeEmbeddingDim(int byDefault) {
    int dim = config.integer("time_embedding_dim", 0, 0, ConfigReader.MOST_CHANNELS);
    return dim == 0 ? byDefault : dim;
  }

  /**
   * Reads the embedding of SDXL's added conditions. SD 1.x and 2.x may have its widths in their
   * configurations, too, but do not use them.
   */
  private Optional<UNetConfig.Added> added() {
    String type = "addition_embed_type";
    String time = "addition_time_embed_dim";
    String all = "projection_class_embeddings_input_dim";
    config.requireDefault(type, "text_time");
    boolean hasTime = config.has(time);
    boolean hasAll = config.has(all);
    boolean given = hasTime && hasAll;
    if (!config.has(type)) {
      return Optional.empty();
    }
    if (!given) {
      config.problem(type, "it needs " + time + " and " + all);
      return Optional.empty();
    }
    UNetConfig.Added added =
        new UNetConfig.Added(
            config.integer(time, LEAST_CONDITION, LEAST_CONDITION, ConfigReader.MOST_CHANNELS),
            config.positive(all, 1, ConfigReader.MOST_CHANNELS));
    if (added.pooledDim() < 1) {
      config.problem(
          all,
          "it must be above 6 x "
              + added.timeEmbeddingDim()
              + ", the width of a picture's sizes, by the width of the pooled text");
    }
    return Optional.of(added);
  }

  private Activation activation(String name, String byDefault) {
    return named(name, config.text(name, byDefault));
  }

  private Activation optionalActivation(String name) {
    return config.optionalText(name).map(text -> named(name, text)).orElse(Activation.NONE);
  }

  private Activation named(String name, String text) {
    return Activation.of(text)
        .orElseGet(
            () -> {
              config.problem(name, "supported: silu, swish, mish, gelu, relu");
              return Activation.SILU;
            });
  }

  private CrossAttentionType crossAttention() {
    String name = "cross_attention_type";
    return switch (config.text(name, "default")) {
      case "default" -> CrossAttentionType.DEFAULT;
      case "multi_query" -> CrossAttentionType.MULTI_QUERY;
      case "cosine" -> CrossAttentionType.COSINE;
      default -> {
        config.problem(name, "supported: default, multi_query, cosine");
        yield CrossAttentionType.DEFAULT;
      }
    };
  }

  private void refuseOtherArchitectures() {
    config.requireDefault("num_attention_heads");
    config.requireDefault("dropout", 0.0);
    config.requireDefault("time_embedding_type", "positional");
    config.requireDefault("attention_type", "default");
    config.requireDefault("dual_cross_attention", false);
    config.requireDefault("class_embeddings_concat", false);
    for (String name :
        List.of(
            "encoder_hid_dim",
            "encoder_hid_dim_type",
            "class_embed_type",
            "num_class_embeds",
            "cross_attention_norm")) {
      config.requireDefault(name);
    }
  }
}
