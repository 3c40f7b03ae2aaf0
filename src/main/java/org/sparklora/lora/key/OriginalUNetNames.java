package org.sparklora.lora.key;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of Stable Diffusion's original implementation ({@code input_blocks.4.1...}), as some
 * tools keep them, for two layers a block: SD 1.x and 2.x. There the blocks are counted through:
 * input block 0 is {@code conv_in}, and then follow two layers and a downsampler for each
 * resolution; output blocks have three layers for each.
 */
final class OriginalUNetNames {
  /** The words that diffusers has not. */
  static final String WORDS =
      "input_blocks middle_block output_blocks in_layers out_layers emb_layers skip_connection op"
          + " time_embed out";

  private static final int LAYERS_A_BLOCK = 2;

  private static final int RESOLUTIONS = 4;

  /** The coarsest resolution has no attention, the last one up has no upsampler. */
  private static final Pattern NOT_THERE =
      Pattern.compile(
          "(down_blocks\\.3|up_blocks\\.0)\\.attentions\\..*"
              + "|down_blocks\\.3\\.downsamplers\\..*|up_blocks\\.3\\.upsamplers\\..*"
              + "|.*\\.transformer_blocks\\.(?!0\\.).*");

  private static final Pattern INPUT = Pattern.compile("input_blocks\\.(\\d+)\\.(\\d)\\.(.+)");
  private static final Pattern MIDDLE = Pattern.compile("middle_block\\.([012])\\.(.+)");
  private static final Pattern OUTPUT = Pattern.compile("output_blocks\\.(\\d+)\\.(\\d)\\.(.+)");

  private OriginalUNetNames() {}

  /**
   * A module's name in diffusers.
   *
   * @param name the original name, or diffusers' own, which stays
   * @return empty when the original network has no such module
   */
  static Optional<String> toDiffusers(String name) {
    return switch (name) {
      case "input_blocks.0.0" -> Optional.of("conv_in");
      case "out.2" -> Optional.of("conv_out");
      case "time_embed.0" -> Optional.of("time_embedding.linear_1");
      case "time_embed.2" -> Optional.of("time_embedding.linear_2");
      default -> {
        Optional<String> module = inBlock(name);
        boolean own = module.equals(Optional.of(name));
        yield own ? module : module.filter(m -> !NOT_THERE.matcher(m).matches());
      }
    };
  }

  private static Optional<String> inBlock(String name) {
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

  private static Optional<String> input(int index, String part, String inner) {
    if (index < 1 || index > RESOLUTIONS * (LAYERS_A_BLOCK + 1)) {
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

  private static Optional<String> output(int index, String part, String inner) {
    if (index >= RESOLUTIONS * (LAYERS_A_BLOCK + 1)) {
      return Optional.empty();
    }
    String block = "up_blocks." + index / (LAYERS_A_BLOCK + 1);
    int layer = index % (LAYERS_A_BLOCK + 1);
    if (inner.equals("conv")) {
      // The upsampler stands after the attention, or in its place where there is none.
      boolean there = layer == LAYERS_A_BLOCK && part.equals(index == LAYERS_A_BLOCK ? "1" : "2");
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
