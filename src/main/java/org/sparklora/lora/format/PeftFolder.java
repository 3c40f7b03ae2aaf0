package org.sparklora.lora.format;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.key.NamedTensors;
import org.sparklora.lora.key.PeftSettings;
import org.sparklora.model.Network;
import org.sparklora.store.FileContent;
import org.sparklora.util.PlainJson;

/**
 * The folder that PEFT's {@code save_pretrained} writes. It is for one network: an adapter of two
 * or three has a folder {@code unet}, a folder {@code text_encoder} and a folder {@code
 * text_encoder_2}.
 */
final class PeftFolder {
  static final String TENSORS = "adapter_model.safetensors";

  private PeftFolder() {}

  static Map<String, FileContent> files(Adapter adapter) {
    Unsupported.tokens(adapter, AdapterFormat.PEFT);
    Unsupported.mixedDora(adapter, AdapterFormat.PEFT);
    List<Network> networks =
        Stream.of(Network.values())
            .filter(network -> adapter.modules().stream().anyMatch(m -> m.network() == network))
            .toList();
    Map<String, FileContent> files = new TreeMap<>();
    for (Network network : networks) {
      List<AdaptedModule> modules =
          adapter.modules().stream().filter(m -> m.network() == network).toList();
      Adapter one = new Adapter(modules, List.of(), adapter.metadata());
      NamedTensors tensors = new PeftNaming().write(one);
      byte[] config = (config(one, network) + "\n").getBytes(StandardCharsets.UTF_8);
      String folder = networks.size() == 1 ? "" : subfolder(network);
      files.put(folder + TENSORS, tensors::writeSafetensors);
      files.put(folder + PeftNaming.CONFIG, out -> out.write(config));
    }
    return files;
  }

  static String subfolder(Network network) {
    return network.component() + "/";
  }

  private static String config(Adapter adapter, Network network) {
    JsonObject json = new JsonObject();
    json.add("task_type", JsonNull.INSTANCE);
    json.addProperty("peft_type", "LORA");
    JsonObject mapping = new JsonObject();
    json.add("auto_mapping", mapping);
    boolean unet = network == Network.UNET;
    mapping.addProperty(
        "base_model_class",
        switch (network) {
          case UNET -> "UNet2DConditionModel";
          case TEXT_ENCODER -> "CLIPTextModel";
          case TEXT_ENCODER_2 -> "CLIPTextModelWithProjection";
        });
    mapping.addProperty(
        "parent_library",
        unet
            ? "diffusers.models.unets.unet_2d_condition"
            : "transformers.models.clip.modeling_clip");
    String base = AdapterFile.baseModel(adapter).orElse(null);
    json.addProperty(PeftNaming.BASE_MODEL, base);
    json.addProperty("inference_mode", true);
    json.addProperty("lora_dropout", 0.0);
    PeftSettings.of(adapter.modules()).writeTo(json, "");
    List<String> targets = new ArrayList<>();
    adapter.modules().forEach(module -> targets.add(PeftSettings.target(module)));
    json.add("target_modules", PlainJson.array(targets.stream().sorted().toList()));
    return PlainJson.pretty(json);
  }
}
