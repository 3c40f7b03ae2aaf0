package org.sparklora.model.single;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * Maps the beginnings of a network's tensor names in diffusers to those of the original
 * implementation: the opposite of {@link OriginalUNet#views} and {@link OriginalVae#views}.
 */
final class OriginalPrefixes {
  private final Map<String, String> prefixes = new TreeMap<>();
  private final Set<String> names;

  private OriginalPrefixes(Set<String> names) {
    this.names = names;
  }

  /**
   * Makes the prefixes of a UNet. The original numbers blocks consecutively over all resolutions.
   */
  static OriginalPrefixes ofUNet(Set<String> names) {
    OriginalPrefixes found = new OriginalPrefixes(names);
    OriginalUNet.OUTSIDE.forEach((original, name) -> found.put(name + ".", original + "."));
    int input = 1;
    for (int i = 0; found.has("down_blocks." + i + "."); i++) {
      String block = "down_blocks." + i + ".";
      for (int layer = 0; found.has(block + "resnets." + layer + "."); layer++) {
        found.layer(block, layer, "input_blocks." + input++ + ".");
      }
      if (found.has(block + "downsamplers.")) {
        found.put(block + "downsamplers.0.conv.", "input_blocks." + input++ + ".0.op.");
      }
    }
    found.resnet("mid_block.resnets.0.", "middle_block.0.");
    found.put("mid_block.attentions.0.", "middle_block.1.");
    found.resnet("mid_block.resnets.1.", "middle_block.2.");
    int output = 0;
    for (int i = 0; found.has("up_blocks." + i + "."); i++) {
      String block = "up_blocks." + i + ".";
      String last = "";
      for (int layer = 0; found.has(block + "resnets." + layer + "."); layer++) {
        last = "output_blocks." + output++ + ".";
        found.layer(block, layer, last);
      }
      int after = found.has(block + "attentions.") ? 2 : 1;
      found.put(block + "upsamplers.0.conv.", last + after + ".conv.");
    }
    return found;
  }

  /**
   * Makes the prefixes of an AutoencoderKL. The original numbers the decoder's resolutions from the
   * finest.
   */
  static OriginalPrefixes ofVae(Set<String> names) {
    OriginalPrefixes found = new OriginalPrefixes(names);
    found.put("quant_conv.", "quant_conv.");
    found.put("post_quant_conv.", "post_quant_conv.");
    int last = 0;
    while (found.has("encoder.down_blocks." + (last + 1) + ".")) {
      last++;
    }
    for (String half : Stream.of("encoder", "decoder").toList()) {
      found.put(half + ".conv_in.", half + ".conv_in.");
      found.put(half + ".conv_out.", half + ".conv_out.");
      found.put(half + ".conv_norm_out.", half + ".norm_out.");
      found.put(half + ".mid_block.resnets.0.", half + ".mid.block_1.");
      found.put(half + ".mid_block.resnets.1.", half + ".mid.block_2.");
      OriginalVae.ATTENTION.forEach(
          (original, name) ->
              found.put(
                  half + ".mid_block.attentions.0." + name + ".",
                  half + ".mid.attn_1." + original + "."));
      for (int i = 0; i <= last; i++) {
        boolean encoder = half.equals("encoder");
        String block = half + (encoder ? ".down_blocks." : ".up_blocks.") + i + ".";
        String original = half + (encoder ? ".down." + i : ".up." + (last - i)) + ".";
        for (int layer = 0; found.has(block + "resnets." + layer + "."); layer++) {
          String resnet = block + "resnets." + layer + ".";
          found.put(resnet, original + "block." + layer + ".");
          found.put(resnet + "conv_shortcut.", original + "block." + layer + ".nin_shortcut.");
        }
        found.put(block + "downsamplers.0.conv.", original + "downsample.conv.");
        found.put(block + "upsamplers.0.conv.", original + "upsample.conv.");
      }
    }
    return found;
  }

  private boolean has(String beginning) {
    return names.stream().anyMatch(name -> name.startsWith(beginning));
  }

  private void put(String name, String original) {
    prefixes.put(name, original);
  }

  private void layer(String block, int layer, String original) {
    resnet(block + "resnets." + layer + ".", original + "0.");
    put(block + "attentions." + layer + ".", original + "1.");
  }

  private void resnet(String name, String original) {
    BiConsumer<String, String> put = (from, to) -> put(name + to + ".", original + from + ".");
    OriginalUNet.RESNET.forEach(put);
  }

  /** A tensor's original name; empty where the original implementation has no such layer. */
  Optional<String> original(String name) {
    for (int dot = name.lastIndexOf('.'); dot >= 0; dot = name.lastIndexOf('.', dot - 1)) {
      String original = prefixes.get(name.substring(0, dot + 1));
      if (original != null) {
        return Optional.of(original + name.substring(dot + 1));
      }
    }
    return Optional.empty();
  }
}
