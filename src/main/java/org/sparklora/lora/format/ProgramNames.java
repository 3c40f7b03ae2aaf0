package org.sparklora.lora.format;

import java.util.regex.Pattern;

/**
 * Tensor names that programs use. Users choose the names of learned tokens, such as {@code
 * <soft_toy>} or {@code style.bias}, so a name is recognised only as a whole.
 */
public final class ProgramNames {
  private static final Pattern TENSOR =
      Pattern.compile(
          // kohya, LyCORIS and ControlNet-LLLite
          "(lora|lycoris|lllite|oft)_(unet|te\\d?|transformer|prior_unet|prior_te)_\\w+\\.[\\w.]+"
              // A and B under a module of any name
              + "|.+\\.(lora_[AB](\\.default)?|lora_magnitude_vector(\\.default)?"
              + "|(lora|lora_linear_layer|to_(q|k|v|out)_lora)\\.(down|up)|lora_(down|up|mid)|ia3_l)"
              + "(\\.(weight|bias))?|.+\\.(hada_[wt]\\d(_[ab])?|lokr_[wt]\\d(_[ab])?|b?oft_[\\w.]+)"
              // PEFT, diffusers and transformers
              + "|base_model\\.model\\..+"
              + "|((unet|text_encoder(_2)?|transformer)\\.)?"
              + "(down_blocks|up_blocks|mid_block|conv_(in|out|norm_out)|(time|add)_embedding"
              + "|(text_model\\.)?(encoder|embeddings|final_layer_norm)|decoder|quant_conv"
              + "|post_quant_conv|text_projection"
              + "|(single_)?transformer_blocks|double_blocks|single_blocks|joint_blocks)"
              + "\\.(.+\\.)?(weight|bias|alpha)"
              // cloneofsimo/lora, with its metadata
              + "|(unet|text_encoder)(:\\d+:\\w+)?|base_model"
              // whole models in one file
              + "|(model\\.diffusion_model|cond_stage_model|first_stage_model|conditioner|model_ema)"
              + "\\..+"
              // a learned token without a name of its own, SDXL's second text encoder, safetensors
              + "|emb_params|string_to_(param|token)(\\..*)?|clip_g|__metadata__");

  private ProgramNames() {}

  /** Whether a tensor of this name means something other than a learned token. */
  public static boolean isOne(String name) {
    return TENSOR.matcher(name).matches();
  }
}
