package org.sparklora.lora.format;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.key.NamedTensors;
import org.sparklora.lora.key.PeftSettings;
import org.sparklora.model.Network;
import org.sparklora.util.PlainJson;

/**
 * {@code pytorch_lora_weights.safetensors} in diffusers' current form: PEFT's names under {@code
 * unet.} and {@code text_encoder.}, and PEFT's configuration in the metadata, from which {@code
 * load_lora_weights} takes ranks and alphas.
 */
public final class PeftAdapterFile {
  /** The file name that diffusers looks for in a folder. */
  public static final String NAME = "pytorch_lora_weights.safetensors";

  /**
   * The metadata key of the base model's identity. The model's location is in the model card beside
   * the file, so that the file's bytes do not depend on it.
   */
  public static final String BASE_MODEL = "base_model_identity";

  private final AdapterLayout layout;
  private final Map<Network, LoraConfig> configs;
  private final String baseModel;

  /**
   * An adapter file.
   *
   * @param configs of each adapted network
   * @param baseModel identity of the base model, which is independent of its location
   */
  public PeftAdapterFile(AdapterLayout layout, Map<Network, LoraConfig> configs, String baseModel) {
    this.layout = layout;
    this.configs = new EnumMap<>(configs);
    this.baseModel = baseModel;
  }

  /**
   * Writes the file; its bytes are a function of the arguments.
   *
   * @param values {@code float[layout.parameters()]}
   */
  public void write(float[] values, OutputStream out) throws IOException {
    NamedTensors file = new NamedTensors();
    for (AdaptedModule module : layout.adapter(values).modules()) {
      DiffusersNaming.add(file, module, module.up());
    }
    JsonObject peft = new JsonObject();
    configs.forEach((network, config) -> add(peft, network, config));
    LoraConfig first = configs.values().iterator().next();
    file.metadata("format", "pt")
        .metadata(DiffusersNaming.PEFT_METADATA, peft.toString())
        .metadata(BASE_MODEL, baseModel)
        .metadata("rank", String.valueOf(first.rank()))
        .metadata("alpha", String.valueOf(first.alpha()))
        .writeSafetensors(out);
  }

  private void add(JsonObject peft, Network network, LoraConfig config) {
    Map<String, Integer> ranks = new TreeMap<>();
    Map<String, Double> alphas = new TreeMap<>();
    List<AdapterLayout.Module> modules =
        layout.modules().stream().filter(module -> module.network() == network).toList();
    for (AdapterLayout.Module module : modules) {
      String target = PeftSettings.target(network, module.name());
      if (module.rank() != config.rank()) {
        ranks.put(target, module.rank());
      }
      if (config.alpha(module.name()) != config.alpha()) {
        alphas.put(target, config.alpha(module.name()));
      }
    }
    String prefix = DiffusersNaming.prefix(network);
    new PeftSettings(
            config.rank(), config.alpha(), ranks, alphas, config.rankStabilised(), config.dora())
        .writeTo(peft, prefix);
    // The training's dropout is not written, because diffusers would draw with it.
    peft.addProperty(prefix + "lora_dropout", 0.0);
    peft.addProperty(prefix + "init_lora_weights", "gaussian");
    peft.add(prefix + "target_modules", PlainJson.array(targets(config, modules)));
  }

  /**
   * Returns PEFT's {@code target_modules}. PEFT's list cannot hold patterns, so if there are
   * patterns, every module is listed.
   */
  private static List<String> targets(LoraConfig config, List<AdapterLayout.Module> modules) {
    boolean plain = config.targetModules().stream().noneMatch(t -> t.startsWith("re:"));
    return plain
        ? config.targetModules()
        : modules.stream()
            .map(module -> PeftSettings.target(module.network(), module.name()))
            .toList();
  }
}
