package org.sparklora.lora.key;

import java.util.Comparator;
import java.util.List;

/**
 * The order in which cloneofsimo/lora walks through a network and so numbers its modules. It is the
 * order of PyTorch's {@code modules()}, which is the order of assignment in the constructors. In
 * diffusers' UNet the up blocks are assigned before the mid block, and in a block the attentions
 * before the resnets. When the tool was made, a transformer block had its feed-forward between its
 * two attentions; later versions of diffusers have it last.
 *
 * @param feedForwardLast whether the feed-forward comes after both attentions
 */
public record CloneofsimoOrder(boolean feedForwardLast) implements Comparator<String> {
  /** Names of sibling modules, in the order of assignment; CLIP assigns k before q. */
  private static final List<String> WORDS =
      List.of(
          "down_blocks",
          "up_blocks",
          "mid_block",
          "attentions",
          "resnets",
          "attn1",
          "ff",
          "attn2",
          "to_q",
          "to_k",
          "to_v",
          "to_out",
          "conv1",
          "time_emb_proj",
          "conv2",
          "conv_shortcut",
          "self_attn",
          "mlp",
          "k_proj",
          "v_proj",
          "q_proj",
          "out_proj",
          "fc1",
          "fc2");

  @Override
  public int compare(String a, String b) {
    String[] left = a.split("\\.", -1);
    String[] right = b.split("\\.", -1);
    for (int i = 0; i < Math.min(left.length, right.length); i++) {
      int order = Integer.compare(place(left[i]), place(right[i]));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(left.length, right.length);
  }

  private int place(String word) {
    if (!word.isEmpty() && word.length() < 10 && word.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Integer.parseInt(word);
    }
    if (feedForwardLast && word.equals("ff")) {
      return WORDS.size();
    }
    return WORDS.indexOf(word);
  }
}
