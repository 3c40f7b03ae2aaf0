package org.sparklora.lora.format;

import com.google.gson.JsonElement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.key.AlphaRule;
import org.sparklora.lora.key.FileMetadata;
import org.sparklora.lora.key.ModuleGathering;
import org.sparklora.lora.key.NamedTensors;
import org.sparklora.lora.key.PeftKeys;
import org.sparklora.lora.key.PeftRelative;
import org.sparklora.lora.key.PeftSettings;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.PlainJson;

/**
 * {@code adapter_model.safetensors} that PEFT's {@code save_pretrained} writes; ranks and alphas
 * are in {@code adapter_config.json} beside it. A folder is for one network. The text encoder's
 * modules have the names of transformers 5. The names of earlier versions are read, too.
 */
final class PeftNaming implements AdapterNaming {
  static final String CONFIG = "adapter_config.json";
  static final String BASE_MODEL = "base_model_name_or_path";
  private static final String PREFIX = "base_model.model.";

  @Override
  public boolean recognises(AdapterSource source) {
    Set<String> keys = source.tensors().tensors().keySet();
    return keys.stream().anyMatch(PeftNaming::isPeft);
  }

  static boolean isPeft(String key) {
    return key.startsWith(PREFIX);
  }

  @Override
  public Adapter read(AdapterSource source) {
    String file = source.tensors().source();
    JsonElement json =
        source
            .peftConfig()
            .orElseThrow(
                () ->
                    InvalidInputException.data(
                        "Missing "
                            + CONFIG
                            + " beside "
                            + file
                            + ": without it the adapter's scale is unknown; copy it there"));
    String config = CONFIG + " beside " + file;
    ModuleGathering gathering = new ModuleGathering(source.tensors()).addAll(PeftKeys::parse);
    Optional<PeftRelative> relative = PeftRelative.of(json, config);
    List<AdaptedModule> modules =
        relative.isPresent()
            ? none(gathering.modules(AlphaRule.RANK), config, json)
            : modules(gathering, PeftSettings.of(json, config), file);
    return new Adapter(
        modules, gathering.relative(AlphaRule.RANK, relative), List.of(), metadata(source));
  }

  private static List<AdaptedModule> modules(
      ModuleGathering gathering, PeftSettings settings, String file) {
    List<AdaptedModule> modules = gathering.modules(new Alphas(settings));
    settings.checkMagnitudes(modules, file);
    return modules;
  }

  /** An OFT or IA3 has no modules of another method beside its own. */
  private static List<AdaptedModule> none(
      List<AdaptedModule> modules, String config, JsonElement json) {
    if (!modules.isEmpty()) {
      throw InvalidInputException.data(
          "Unsupported peft_type in "
              + config
              + ": "
              + json.getAsJsonObject().get("peft_type")
              + "; the tensors, as of "
              + modules.get(0).name()
              + ", are not of this method");
    }
    return modules;
  }

  private static Map<String, String> metadata(AdapterSource source) {
    Map<String, String> metadata =
        new TreeMap<>(FileMetadata.without(source.tensors().metadata(), "format"));
    KohyaNaming.putOtherKinds(source.tensors().tensors().keySet(), metadata);
    source
        .peftConfig()
        .filter(JsonElement::isJsonObject)
        .flatMap(json -> PlainJson.text(json.getAsJsonObject().get(BASE_MODEL)))
        .ifPresent(name -> metadata.put(BASE_MODEL, name));
    return metadata;
  }

  /** PEFT scales every update by {@code alpha / r}, also a LoKr of two whole matrices. */
  private record Alphas(PeftSettings settings) implements AlphaRule {
    @Override
    public double alpha(Network network, String module, int rank) {
      return settings.alpha(module, rank);
    }

    @Override
    public double scaleOfWhole(String module) {
      return settings.scale(module);
    }
  }

  /** The tensors of one network. */
  @Override
  public NamedTensors write(Adapter adapter) {
    NamedTensors file = new NamedTensors();
    for (AdaptedModule module : adapter.modules()) {
      String key = PREFIX + PeftSettings.name(module);
      file.add(key + ".lora_A.weight", module.downShape(), module.down());
      file.add(key + ".lora_B.weight", module.upShape(), module.up());
      DiffusersNaming.addMagnitude(file, key + ".lora_magnitude_vector", module);
    }
    adapter.metadata().forEach(file::metadata);
    return file.metadata("format", "pt");
  }
}
