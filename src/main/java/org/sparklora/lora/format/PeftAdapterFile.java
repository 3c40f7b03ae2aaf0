package org.sparklora.lora.format;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.SafetensorsWriter;

/**
 * {@code pytorch_lora_weights.safetensors} as diffusers writes it now: PEFT's names under {@code
 * unet.}, and PEFT's configuration in the metadata, from which {@code load_lora_weights} takes rank
 * and alpha.
 */
public final class PeftAdapterFile {
  /** The file's name that diffusers looks for in a folder. */
  public static final String NAME = "pytorch_lora_weights.safetensors";

  private static final String PREFIX = "unet.";
  private static final String PEFT_METADATA = "lora_adapter_metadata";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final AdapterLayout layout;
  private final LoraConfig config;
  private final String baseModel;

  /**
   * An adapter file.
   *
   * @param baseModel the model it was trained on, for the metadata
   */
  public PeftAdapterFile(AdapterLayout layout, LoraConfig config, String baseModel) {
    this.layout = layout;
    this.config = config;
    this.baseModel = baseModel;
  }

  /**
   * Writes the file; its bytes are a function of the arguments.
   *
   * @param values {@code float[layout.parameters()]}
   */
  public void write(float[] values, OutputStream out) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    metadata().forEach(writer::metadata);
    for (AdapterLayout.Module module : layout.modules()) {
      int middle = module.upOffset();
      writer.add(
          PREFIX + module.name() + ".lora_A.weight",
          module.downShape(),
          Arrays.copyOfRange(values, module.downOffset(), middle));
      writer.add(
          PREFIX + module.name() + ".lora_B.weight",
          module.upShape(),
          Arrays.copyOfRange(values, middle, middle + module.upSize()));
    }
    writer.writeTo(out);
  }

  private Map<String, String> metadata() throws IOException {
    ObjectNode peft = JSON.createObjectNode();
    peft.put(PREFIX + "r", config.rank());
    if (config.alpha() == Math.rint(config.alpha())) {
      peft.put(PREFIX + "lora_alpha", Math.round(config.alpha()));
    } else {
      peft.put(PREFIX + "lora_alpha", config.alpha());
    }
    peft.put(PREFIX + "lora_dropout", config.dropout());
    peft.put(PREFIX + "use_rslora", config.rankStabilised());
    peft.put(PREFIX + "bias", "none");
    peft.put(PREFIX + "init_lora_weights", "gaussian");
    peft.set(PREFIX + "target_modules", JSON.valueToTree(targets()));
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("format", "pt");
    metadata.put(PEFT_METADATA, JSON.writeValueAsString(peft));
    metadata.put("base_model", baseModel);
    metadata.put("rank", String.valueOf(config.rank()));
    metadata.put("alpha", String.valueOf(config.alpha()));
    return metadata;
  }

  /** PEFT knows no list with patterns in it: then every module is named. */
  private List<String> targets() {
    boolean plain = config.targetModules().stream().noneMatch(t -> t.startsWith("re:"));
    return plain
        ? config.targetModules()
        : layout.modules().stream().map(AdapterLayout.Module::name).toList();
  }
}
