package org.sparklora.lora.format;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.sparklora.InvalidInputException;
import org.sparklora.lora.format.AdapterFormat.Container;
import org.sparklora.model.TorchFile;

/** Tells a file's format by the names of its tensors and its metadata. */
final class Recognition {
  private static final int MOST_NAMES = 5;

  /** Adapters that are something other than {@code alpha / r B A} on SD 1.x or 2.x. */
  private static final Map<Pattern, String> OTHERS = new LinkedHashMap<>();

  static {
    other("hada_[wt]\\d", "LoHa (a Hadamard product of two updates)");
    other("lokr_", "LoKr (a Kronecker product)");
    other("lora_mid", "a LoCon in Tucker decomposition (lora_mid)");
    other("oft_|boft_", "OFT (an orthogonal factor)");
    other("\\.(diff|diff_b|w_norm|b_norm)$", "whole weight differences beside LoRA");
    other("ia3|on_input$", "IA3 (a scale for each input or output)");
    other("\\.lora_[AB]\\.(default\\.)?bias$", "LoRA with a bias");
    other("lora_te[123]_|text_encoder_2\\.|^clip_[lg]$", "an adapter for SDXL or later");
    other(
        "(lora_(transformer|unet)_|^transformer\\.|^(unet\\.)?)"
            + "(single_transformer_blocks|double_blocks|single_blocks|joint_blocks)",
        "an adapter for a diffusion transformer");
  }

  private static void other(String key, String what) {
    OTHERS.put(Pattern.compile(key), what);
  }

  private Recognition() {}

  static AdapterFormat of(AdapterSource source) {
    refuseOthers(source);
    boolean torch = source.tensors() instanceof TorchFile;
    List<AdapterFormat> formats =
        Arrays.stream(AdapterFormat.values())
            .filter(
                format ->
                    format == AdapterFormat.PEFT
                        || torch != (format.container() == Container.SAFETENSORS))
            .filter(format -> format.naming().recognises(source))
            .toList();
    if (formats.size() == 1) {
      return formats.get(0);
    }
    List<String> keys = source.tensors().tensors().keySet().stream().limit(MOST_NAMES).toList();
    throw InvalidInputException.data(
        "Unsupported adapter "
            + source.tensors().source()
            + ": its "
            + source.tensors().tensors().size()
            + " tensors are named as in "
            + (formats.isEmpty() ? "no known format" : "several formats, " + formats)
            + (keys.isEmpty() ? "" : ", such as " + String.join(", ", keys)));
  }

  private static void refuseOthers(AdapterSource source) {
    for (Map.Entry<Pattern, String> other : OTHERS.entrySet()) {
      Optional<String> key =
          source.tensors().tensors().keySet().stream()
              .filter(other.getKey().asPredicate())
              .findFirst();
      if (key.isPresent()) {
        throw InvalidInputException.data(
            "Unsupported adapter "
                + source.tensors().source()
                + ": it is "
                + other.getValue()
                + ", as tensor "
                + key.get()
                + " tells; LoRA, LoCon and DoRA for Stable Diffusion 1.x and 2.x are read");
      }
    }
  }
}
