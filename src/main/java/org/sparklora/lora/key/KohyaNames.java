package org.sparklora.lora.key;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.sparklora.lora.AdaptedModule.Network;

/**
 * Module names as kohya's scripts write them, with underscores for dots. They are read back with
 * the words that diffusers' UNets and CLIP consist of, the longest first, so they mean one thing
 * whatever the network's size: in {@code conv_in} and {@code down_blocks_0} the underscore belongs
 * to the word or not because there is no word {@code in} and no word {@code down}.
 */
public final class KohyaNames {
  private static final int MOST_PARTS = 3;

  private static final Set<String> UNET_WORDS =
      Set.of(
          ("down_blocks up_blocks mid_block attentions resnets transformer_blocks attn1 attn2 to_q"
                  + " to_k to_v to_out ff net proj proj_in proj_out conv1 conv2 conv_shortcut"
                  + " time_emb_proj downsamplers upsamplers conv conv_in conv_out time_embedding"
                  + " linear_1 linear_2 "
                  + OriginalUNetNames.WORDS)
              .split(" "));

  private static final Set<String> TEXT_ENCODER_WORDS =
      Set.of(
          "text_model encoder layers self_attn mlp q_proj k_proj v_proj out_proj fc1 fc2"
              .split(" "));

  private KohyaNames() {}

  /** {@code lora_unet_down_blocks_0_...} or {@code lora_te_text_model_...}. */
  public static String of(Network network, String module) {
    return prefix(network) + module.replace('.', '_');
  }

  static String prefix(Network network) {
    return network == Network.UNET ? "lora_unet_" : "lora_te_";
  }

  /**
   * The module that a name stands for, in diffusers' names.
   *
   * @param name without its prefix
   * @return empty when it has a word that no module has
   */
  public static Optional<String> module(Network network, String name) {
    Set<String> words = network == Network.UNET ? UNET_WORDS : TEXT_ENCODER_WORDS;
    Optional<String> dotted = dotted(name.split("_", -1), words);
    return network == Network.UNET ? dotted.flatMap(OriginalUNetNames::toDiffusers) : dotted;
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
