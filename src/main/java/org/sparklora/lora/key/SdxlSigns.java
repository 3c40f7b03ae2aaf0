package org.sparklora.lora.key;

import java.util.regex.Pattern;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;

/**
 * Tells the family that an adapter was made for. Adapters for SDXL are recognised by tensors that
 * only they have: a second text encoder, an embedding of sizes, attention to texts of width 2048,
 * or transformers of several blocks in the places where SDXL has two and ten. {@code lora_te1_}
 * alone is no sign, because diffusers writes it for SD 1.5, too.
 */
public final class SdxlSigns {
  private static final int TEXT_WIDTH = 2048;

  private static final Pattern NAMES =
      Pattern.compile(
          "(lora|lycoris)_te2_.+|(base_model\\.model\\.)?text_encoder_2\\..+|clip_g"
              + "|.*(add_embedding|label_emb)[._].+"
              // Original names belong to SD 1.x and 2.x, whose transformers have one block.
              + "|.*(input|output|middle)_blocks?_\\d+_(\\d_)?transformer_blocks_[1-9].*"
              + "|.*output_blocks_[0-2]_1_(proj|transformer).*");

  private static final Pattern TEXT_KEYS =
      Pattern.compile(".*attn2[._](processor\\.)?to_[kv](_lora)?\\.(lora[._])?(down|A)\\b.*");

  /** The innermost transformers, which have the third width of SDXL. */
  private static final Pattern DEEP =
      Pattern.compile(
          "(.*[._])?(down_blocks[._]2|mid_block|up_blocks[._]0)[._]attentions[._]\\d"
              + "[._]transformer_blocks[._][2-9][._].*\\.(lora[._])?(down|A)\\b.*");

  private static final int DEEP_WIDTH = 1280;

  private SdxlSigns() {}

  /** The family of the model that an adapter file is for. */
  public static ModelFamily family(TensorFile file) {
    return file.tensors().values().stream().anyMatch(SdxlSigns::isOne)
        ? ModelFamily.STABLE_DIFFUSION_XL
        : ModelFamily.STABLE_DIFFUSION;
  }

  public static boolean isOne(TensorInfo tensor) {
    String name = tensor.name();
    return NAMES.matcher(name).matches()
        || (isOfWidth(tensor, TEXT_WIDTH) && TEXT_KEYS.matcher(name).matches())
        || (isOfWidth(tensor, DEEP_WIDTH) && DEEP.matcher(name).matches());
  }

  private static boolean isOfWidth(TensorInfo tensor, int width) {
    return tensor.shape().length > 1 && tensor.shape()[1] == width;
  }
}
