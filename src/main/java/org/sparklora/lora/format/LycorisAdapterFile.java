package org.sparklora.lora.format;

import com.google.gson.JsonObject;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.sparklora.lora.AdapterFamily;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.key.KohyaNames;
import org.sparklora.lora.key.NamedTensors;
import org.sparklora.lora.lycoris.Algo;
import org.sparklora.lora.lycoris.LycorisConfig;
import org.sparklora.lora.lycoris.LycorisFactors;
import org.sparklora.model.ModelFamily;
import org.sparklora.util.InvalidInputException;

/**
 * An adapter that was trained as LoHa or LoKr, with its factors in LyCORIS' names: {@code
 * lora_unet_….hada_w1_a}, {@code lokr_w1} and so on, and an alpha for each module.
 */
public record LycorisAdapterFile(AdapterLayout layout, LoraConfig config) {
  /**
   * The tensors and metadata. Their bytes are a function of the arguments.
   *
   * @param values {@code float[layout.parameters()]}
   * @param metadata more entries
   */
  public NamedTensors tensors(float[] values, Map<String, String> metadata) {
    ModelFamily family = family();
    NamedTensors file = new NamedTensors();
    for (AdapterLayout.Module module : layout.modules()) {
      LycorisFactors factors = module.lycoris().orElseThrow();
      String key = KohyaNames.of(family, module.network(), module.name());
      for (LycorisFactors.Placed placed : factors.placed(module.downOffset())) {
        int end = placed.offset() + placed.factor().size();
        file.add(
            key + "." + placed.factor().name(),
            placed.factor().shape(),
            Arrays.copyOfRange(values, placed.offset(), end));
      }
      file.add(key + ".alpha", new long[0], (float) (module.scale() * module.rank()));
    }
    metadata.forEach(file::metadata);
    return file.metadata("format", "pt")
        .metadata("ss_network_module", "lycoris.kohya")
        .metadata("ss_network_args", networkArgs().toString())
        .metadata("ss_network_dim", String.valueOf(config.rank()))
        .metadata("ss_network_alpha", String.valueOf(config.alpha()));
  }

  /**
   * Checks that the file can hold every module, before it is trained.
   *
   * @throws InvalidInputException (CONFIGURATION) naming a module whose name does not lead back to
   *     it
   */
  public void requireNames() {
    ModelFamily family = family();
    for (AdapterLayout.Module module : layout.modules()) {
      String name = module.name().replace('.', '_');
      if (!KohyaNames.module(family, module.network(), name).equals(Optional.of(module.name()))) {
        throw InvalidInputException.configuration(
            "Unsupported --algo: LyCORIS' names cannot say "
                + module.name()
                + "; leave the layer out, or train LoRA");
      }
    }
  }

  private ModelFamily family() {
    return AdapterFamily.of(layout.shapes()).orElse(ModelFamily.STABLE_DIFFUSION);
  }

  /** Their {@code network_args}: texts by name, as Python writes them. */
  private JsonObject networkArgs() {
    LycorisConfig lycoris = config.lycoris();
    JsonObject args = new JsonObject();
    args.addProperty("algo", lycoris.algo().name().toLowerCase(Locale.ROOT));
    if (lycoris.algo() == Algo.LOKR) {
      args.addProperty("factor", String.valueOf(lycoris.factor()));
      args.addProperty("decompose_both", text(lycoris.decomposeBoth()));
      args.addProperty("full_matrix", text(lycoris.fullMatrix()));
    }
    args.addProperty("use_tucker", text(lycoris.tucker()));
    return args;
  }

  private static String text(boolean on) {
    return on ? "True" : "False";
  }
}
