package org.sparklora.lora.format;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.key.AlphaRule;
import org.sparklora.lora.key.DiffusersKeys;
import org.sparklora.lora.key.FileMetadata;
import org.sparklora.lora.key.ModuleGathering;
import org.sparklora.lora.key.NamedTensors;
import org.sparklora.lora.key.PeftSettings;
import org.sparklora.model.Network;
import org.sparklora.model.file.TensorFile;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.PlainJson;

/**
 * The current files of diffusers: PEFT's names under {@code unet.} and {@code text_encoder.}, and
 * PEFT's configuration in the metadata, from which {@code load_lora_weights} takes ranks and
 * alphas.
 */
final class DiffusersNaming implements AdapterNaming {
  static final String PEFT_METADATA = "lora_adapter_metadata";

  @Override
  public boolean recognises(AdapterSource source) {
    Set<String> keys = source.tensors().tensors().keySet();
    return keys.stream().anyMatch(DiffusersKeys::isCurrent)
        && keys.stream().noneMatch(key -> DiffusersKeys.isOld(key) || PeftNaming.isPeft(key));
  }

  @Override
  public Adapter read(AdapterSource source) {
    Map<Network, PeftSettings> settings = settings(source.tensors());
    AlphaRule alphas =
        (network, module, rank) ->
            settings.containsKey(network) ? settings.get(network).alpha(module, rank) : rank;
    List<AdaptedModule> modules =
        new ModuleGathering(source.tensors()).addAll(DiffusersKeys::parse).modules(alphas);
    checkMagnitudes(modules, settings, source.tensors().source());
    return new Adapter(
        modules,
        List.of(),
        FileMetadata.without(
            source.tensors().metadata(), "format", PEFT_METADATA, "rank", "alpha"));
  }

  /**
   * Checks magnitudes of a file without settings, because diffusers then takes all modules for DoRA
   * if one is.
   */
  private static void checkMagnitudes(
      List<AdaptedModule> modules, Map<Network, PeftSettings> settings, String source) {
    for (Network network : Network.values()) {
      List<AdaptedModule> own = modules.stream().filter(m -> m.network() == network).toList();
      if (!own.isEmpty()) {
        settings.getOrDefault(network, PeftSettings.of(own)).checkMagnitudes(own, source);
      }
    }
  }

  private static Map<Network, PeftSettings> settings(TensorFile file) {
    Map<Network, PeftSettings> settings = new EnumMap<>(Network.class);
    String text = file.metadata().get(PEFT_METADATA);
    if (text == null) {
      return settings;
    }
    String source = PEFT_METADATA + " of " + file.source();
    JsonObject json = json(text, source);
    for (Network network : Network.values()) {
      String prefix = prefix(network);
      JsonObject own = new JsonObject();
      for (Map.Entry<String, JsonElement> field : json.entrySet()) {
        if (field.getKey().startsWith(prefix)) {
          own.add(field.getKey().substring(prefix.length()), field.getValue());
        }
      }
      if (own.size() > 0) {
        settings.put(network, PeftSettings.of(own, source));
      }
    }
    return settings;
  }

  private static JsonObject json(String text, String source) {
    try {
      JsonElement json = PlainJson.read(text);
      if (json.isJsonObject()) {
        return json.getAsJsonObject();
      }
    } catch (IOException e) {
      throw InvalidInputException.data(
          "Invalid " + source + ": it is not JSON: " + e.getMessage(), e);
    }
    throw InvalidInputException.data("Invalid " + source + ": it is not a JSON object");
  }

  @Override
  public NamedTensors write(Adapter adapter) {
    Unsupported.tokens(adapter, AdapterFormat.DIFFUSERS);
    Unsupported.mixedDora(adapter, AdapterFormat.DIFFUSERS);
    NamedTensors file = new NamedTensors();
    JsonObject peft = new JsonObject();
    for (Network network : Network.values()) {
      List<AdaptedModule> modules =
          adapter.modules().stream().filter(m -> m.network() == network).toList();
      if (modules.isEmpty()) {
        continue;
      }
      PeftSettings settings = PeftSettings.of(modules);
      String prefix = prefix(network);
      settings.writeTo(peft, prefix);
      peft.add(
          prefix + "target_modules",
          PlainJson.array(modules.stream().map(PeftSettings::target).sorted().toList()));
      modules.forEach(module -> add(file, module, module.up()));
    }
    FileMetadata.ofLora(adapter.metadata()).forEach(file::metadata);
    return file.metadata("format", "pt").metadata(PEFT_METADATA, peft.toString());
  }

  /** Adds a module under diffusers' names, with {@code lora_linear_layer} in the text encoder. */
  static void add(NamedTensors file, AdaptedModule module, float[] up) {
    boolean unet = module.network() == Network.UNET;
    String key = prefix(module.network()) + module.name();
    String ending = unet ? ".lora_" : ".lora_linear_layer.";
    file.add(key + ending + (unet ? "A" : "down") + ".weight", module.downShape(), module.down());
    file.add(key + ending + (unet ? "B" : "up") + ".weight", module.upShape(), up);
    // In the text encoder, transformers 5 finds PEFT's magnitude only under its whole name.
    addMagnitude(file, key + ".lora_magnitude_vector" + (unet ? "" : ".weight"), module);
  }

  /**
   * Adds a magnitude, of shape {@code out} for a linear layer and {@code 1 x out x 1 x 1} for a
   * convolution.
   */
  static void addMagnitude(NamedTensors file, String name, AdaptedModule module) {
    module
        .magnitude()
        .ifPresent(
            values -> {
              boolean linear = module.upShape().length == 2;
              long[] shape = linear ? new long[] {0} : new long[] {1, 0, 1, 1};
              shape[linear ? 0 : 1] = values.length;
              file.add(name, shape, values);
            });
  }

  static String prefix(Network network) {
    return network.component() + ".";
  }
}
