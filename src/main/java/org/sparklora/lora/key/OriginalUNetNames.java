package org.sparklora.lora.key;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sparklora.model.ModelFamily;

/**
 * The names of Stable Diffusion's original implementation ({@code input_blocks.4.1...}), as some
 * tools keep them, for two layers a block: SD 1.x, 2.x and XL. There blocks are numbered
 * consecutively. Input block 0 is {@code conv_in}; then each resolution has two layers and a
 * downsampler. Output blocks have three layers for each resolution.
 */
final class OriginalUNetNames {
  /** The words that diffusers does not use. */
  static final String WORDS =
      "input_blocks middle_block output_blocks in_layers out_layers emb_layers skip_connection op"
          + " time_embed label_emb out";

  private static final int LAYERS_A_BLOCK = 2;

  /**
   * In SD 1.x and 2.x the coarsest resolution has no attention, the last one up has no upsampler,
   * and transformers have one block.
   */
  private static final Pattern NOT_IN_SD =
      Pattern.compile(
          "(down_blocks\\.3|up_blocks\\.0)\\.attentions\\..*"
              + "|down_blocks\\.3\\.downsamplers\\..*|up_blocks\\.3\\.upsamplers\\..*"
              + "|add_embedding\\..*|.*\\.transformer_blocks\\.(?!0\\.).*");

  /** In SDXL the finest resolution has no attention. */
  private static final Pattern NOT_IN_XL =
      Pattern.compile(
          "(down_blocks\\.0|up_blocks\\.2)\\.attentions\\..*"
              + "|down_blocks\\.2\\.downsamplers\\..*|up_blocks\\.2\\.upsamplers\\..*");

  private static final Pattern INPUT = Pattern.compile("input_blocks\\.(\\d+)\\.(\\d)\\.(.+)");
  private static final Pattern MIDDLE = Pattern.compile("middle_block\\.([012])\\.(.+)");
  private static final Pattern OUTPUT = Pattern.compile("output_blocks\\.(\\d+)\\.(\\d)\\.(.+)");

  private static final Pattern BLOCK =
      Pattern.compile(
          "(down_blocks|up_blocks|mid_block)(?:\\.(\\d))?\\.(attentions|resnets|downsamplers"
              + "|upsamplers)\\.(\\d)\\.(.+)");

  private static final Map<String, String> RESNET_LAYERS =
      Map.of(
          "conv1", "in_layers.2",
          "time_emb_proj", "emb_layers.1",
          "conv2", "out_layers.3",
          "conv_shortcut", "skip_connection");

  private final boolean xl;
  private final int resolutions;

  private OriginalUNetNames(ModelFamily family) {
    this.xl = family == ModelFamily.STABLE_DIFFUSION_XL;
    this.resolutions = xl ? 3 : 4;
  }

  /** The names of a family's UNet. */
  static OriginalUNetNames of(ModelFamily family) {
    return new OriginalUNetNames(family);
  }

  /**
   * A module's name in diffusers.
   *
   * @param name the original name, or diffusers' own name, which is returned unchanged
   * @return empty when the original network has no such module
   */
  Optional<String> toDiffusers(String name) {
    return switch (name) {
      case "input_blocks.0.0" -> Optional.of("conv_in");
      case "out.2" -> Optional.of("conv_out");
      case "time_embed.0" -> Optional.of("time_embedding.linear_1");
      case "time_embed.2" -> Optional.of("time_embedding.linear_2");
      case "label_emb.0.0" -> inFamily("add_embedding.linear_1");
      case "label_emb.0.2" -> inFamily("add_embedding.linear_2");
      default -> {
        Optional<String> module = inBlock(name);
        boolean own = module.equals(Optional.of(name));
        yield own ? module : module.flatMap(this::inFamily);
      }
    };
  }

  private Optional<String> inFamily(String module) {
    boolean missing = (xl ? NOT_IN_XL : NOT_IN_SD).matcher(module).matches();
    return missing ? Optional.empty() : Optional.of(module);
  }

  /**
   * A module's original name: the one that {@link #toDiffusers} reads back.
   *
   * @param module its name in diffusers
   * @return empty when the original network has no such module
   */
  Optional<String> toOriginal(String module) {
    for (String fixed :
        List.of(
            "input_blocks.0.0",
            "out.2",
            "time_embed.0",
            "time_embed.2",
            "label_emb.0.0",
            "label_emb.0.2")) {
      if (toDiffusers(fixed).equals(Optional.of(module))) {
        return Optional.of(fixed);
      }
    }
    Matcher block = BLOCK.matcher(module);
    if (!block.matches()) {
      return Optional.empty();
    }
    int layer = Integer.parseInt(block.group(4));
    boolean attention = block.group(3).equals("attentions");
    String inner = attention ? block.group(5) : RESNET_LAYERS.getOrDefault(block.group(5), "");
    if (block.group(1).equals("mid_block")) {
      return checked("middle_block." + (attention ? 1 : 2 * layer) + "." + inner, module);
    }
    int at = (LAYERS_A_BLOCK + 1) * Integer.parseInt(block.group(2));
    boolean up = block.group(1).startsWith("up");
    if (block.group(3).endsWith("samplers")) {
      int last = at + LAYERS_A_BLOCK;
      return up
          ? checked("output_blocks." + last + (!xl && at == 0 ? ".1.conv" : ".2.conv"), module)
          : checked("input_blocks." + (last + 1) + ".0.op", module);
    }
    String place = up ? "output_blocks." + (at + layer) : "input_blocks." + (1 + at + layer);
    return checked(place + (attention ? ".1." : ".0.") + inner, module);
  }

  private Optional<String> checked(String original, String module) {
    return toDiffusers(original).equals(Optional.of(module))
        ? Optional.of(original)
        : Optional.empty();
  }

  private Optional<String> inBlock(String name) {
    Matcher input = INPUT.matcher(name);
    if (input.matches()) {
      return input(Integer.parseInt(input.group(1)), input.group(2), input.group(3));
    }
    Matcher middle = MIDDLE.matcher(name);
    if (middle.matches()) {
      return switch (middle.group(1)) {
        case "0" -> resnet("mid_block.resnets.0", middle.group(2));
        case "1" -> Optional.of("mid_block.attentions.0." + middle.group(2));
        default -> resnet("mid_block.resnets.1", middle.group(2));
      };
    }
    Matcher output = OUTPUT.matcher(name);
    if (output.matches()) {
      return output(Integer.parseInt(output.group(1)), output.group(2), output.group(3));
    }
    List<String> words = List.of(name.split("\\."));
    return List.of(WORDS.split(" ")).stream().anyMatch(words::contains)
        ? Optional.empty()
        : Optional.of(name);
  }

  private Optional<String> input(int index, String part, String inner) {
    if (index < 1 || index > resolutions * (LAYERS_A_BLOCK + 1)) {
      return Optional.empty();
    }
    int layer = (index - 1) % (LAYERS_A_BLOCK + 1);
    String block = "down_blocks." + (index - 1) / (LAYERS_A_BLOCK + 1);
    if (layer == LAYERS_A_BLOCK) {
      return part.equals("0") && inner.equals("op")
          ? Optional.of(block + ".downsamplers.0.conv")
          : Optional.empty();
    }
    return layer(block, layer, part, inner);
  }

  private Optional<String> output(int index, String part, String inner) {
    if (index >= resolutions * (LAYERS_A_BLOCK + 1)) {
      return Optional.empty();
    }
    String block = "up_blocks." + index / (LAYERS_A_BLOCK + 1);
    int layer = index % (LAYERS_A_BLOCK + 1);
    if (inner.equals("conv")) {
      // The upsampler comes after the attention, or takes its place if there is none.
      boolean there =
          layer == LAYERS_A_BLOCK && part.equals(index == LAYERS_A_BLOCK && !xl ? "1" : "2");
      return there ? Optional.of(block + ".upsamplers.0.conv") : Optional.empty();
    }
    return layer(block, layer, part, inner);
  }

  private static Optional<String> layer(String block, int layer, String part, String inner) {
    return switch (part) {
      case "0" -> resnet(block + ".resnets." + layer, inner);
      case "1" -> Optional.of(block + ".attentions." + layer + "." + inner);
      default -> Optional.empty();
    };
  }

  private static Optional<String> resnet(String resnet, String inner) {
    return switch (inner) {
      case "in_layers.2" -> Optional.of(resnet + ".conv1");
      case "emb_layers.1" -> Optional.of(resnet + ".time_emb_proj");
      case "out_layers.3" -> Optional.of(resnet + ".conv2");
      case "skip_connection" -> Optional.of(resnet + ".conv_shortcut");
      default -> Optional.empty();
    };
  }
}
