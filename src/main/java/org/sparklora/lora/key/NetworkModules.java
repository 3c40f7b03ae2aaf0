package org.sparklora.lora.key;

import java.util.regex.Pattern;
import org.sparklora.model.Network;

/**
 * The layers that a UNet2DConditionModel or CLIP's text model of any size has. Readers build module
 * names from the parts of a key. A name that no such network has means that the key is unknown.
 */
final class NetworkModules {
  private static final String NUMBER = "\\d{1,4}";

  private static final String TRANSFORMER =
      "transformer_blocks\\.N\\.(attn[12]\\.(to_[qkv]|to_out\\.0)|ff\\.net\\.(0\\.proj|2))";

  private static final String IN_BLOCK =
      "attentions\\.N\\.(proj_in|proj_out|"
          + TRANSFORMER
          + ")|resnets\\.N\\.(conv[12]|time_emb_proj|conv_shortcut)";

  private static final Pattern UNET =
      pattern(
          "conv_in|conv_out|(time|add)_embedding\\.linear_[12]"
              + "|down_blocks\\.N\\.(IN_BLOCK|downsamplers\\.0\\.conv)"
              + "|up_blocks\\.N\\.(IN_BLOCK|upsamplers\\.0\\.conv)"
              + "|mid_block\\.(IN_BLOCK)");

  private static final Pattern TEXT_ENCODER =
      pattern("text_model\\.encoder\\.layers\\.N\\.(self_attn\\.(q|k|v|out)_proj|mlp\\.fc[12])");

  private NetworkModules() {}

  private static Pattern pattern(String names) {
    return Pattern.compile(names.replace("IN_BLOCK", IN_BLOCK).replace("N", NUMBER));
  }

  static boolean has(Network network, String module) {
    return (network == Network.UNET ? UNET : TEXT_ENCODER).matcher(module).matches();
  }
}
