package org.sparklora.lora.key;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;

/**
 * Module names as kohya's scripts write them, with underscores for dots. They are split into the
 * words that diffusers' UNets and CLIP consist of, the longest first. So a name has one meaning
 * whatever the network's size: {@code conv_in} and {@code down_blocks} are whole words, because
 * there is no word {@code in} and no word {@code down}.
 */
public final class KohyaNames {
  private static final int MOST_PARTS = 3;

  private static final Set<String> UNET_WORDS =
      Set.of(
          ("down_blocks up_blocks mid_block attentions resnets transformer_blocks attn1 attn2 to_q"
                  + " to_k to_v to_out ff net proj proj_in proj_out conv1 conv2 conv_shortcut"
                  + " time_emb_proj downsamplers upsamplers conv conv_in conv_out time_embedding"
                  + " add_embedding linear_1 linear_2 "
                  + OriginalUNetNames.WORDS)
              .split(" "));

  private static final Set<String> TEXT_ENCODER_WORDS =
      Set.of(
          "text_model encoder layers self_attn mlp q_proj k_proj v_proj out_proj fc1 fc2"
              .split(" "));

  private KohyaNames() {}

  /**
   * {@code lora_unet_down_blocks_0_...} or {@code lora_te_text_model_...}; of SDXL, where the
   * scripts keep the original names, {@code lora_unet_input_blocks_4_1_...}, {@code lora_te1_...}
   * and {@code lora_te2_...}.
   */
  public static String of(ModelFamily family, Network network, String module) {
    if (network != Network.UNET) {
      return prefix(family, network) + module.replace('.', '_');
    }
    String name =
        family == ModelFamily.STABLE_DIFFUSION_XL
            ? OriginalUNetNames.of(family).toOriginal(module).orElse(module)
            : module;
    return prefix(family, network) + name.replace('.', '_');
  }

  static String prefix(ModelFamily family, Network network) {
    return switch (network) {
      case UNET -> "lora_unet_";
      case TEXT_ENCODER -> family == ModelFamily.STABLE_DIFFUSION_XL ? "lora_te1_" : "lora_te_";
      case TEXT_ENCODER_2 -> "lora_te2_";
    };
  }

  /**
   * The module that a name stands for, in diffusers' names.
   *
   * @param family of the model that the file is for
   * @param name without its prefix
   * @return empty when the name has a word that no module has
   */
  public static Optional<String> module(ModelFamily family, Network network, String name) {
    Set<String> words = network == Network.UNET ? UNET_WORDS : TEXT_ENCODER_WORDS;
    Optional<String> dotted = dotted(name.split("_", -1), words);
    return network == Network.UNET
        ? dotted.flatMap(OriginalUNetNames.of(family)::toDiffusers)
        : dotted;
  }

  private static Optional<String> dotted(String[] parts, Set<String> words) {
    StringBuilder name = new StringBuilder();
    int at = 0;
    while (at < parts.length) {
      int end = wordEnd(parts, at, words);
      if (end == at) {
        return Optional.empty();
      }
      name.append(at == 0 ? "" : ".").append(String.join("_", Arrays.copyOfRange(parts, at, end)));
      at = end;
    }
    return Optional.of(name.toString());
  }

  private static int wordEnd(String[] parts, int at, Set<String> words) {
    for (int end = Math.min(parts.length, at + MOST_PARTS); end > at; end--) {
      if (words.contains(String.join("_", Arrays.copyOfRange(parts, at, end)))) {
        return end;
      }
    }
    return parts[at].matches("\\d{1,4}") ? at + 1 : at;
  }
}
