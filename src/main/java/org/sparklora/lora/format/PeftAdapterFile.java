package org.sparklora.lora.format;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.AdaptedModule.Network;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;

/**
 * {@code pytorch_lora_weights.safetensors} as diffusers writes it now: PEFT's names under {@code
 * unet.}, and PEFT's configuration in the metadata, from which {@code load_lora_weights} takes rank
 * and alpha.
 */
public final class PeftAdapterFile {
  /** The file's name that diffusers looks for in a folder. */
  public static final String NAME = "pytorch_lora_weights.safetensors";

  private static final String PREFIX = "unet.";
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
    NamedTensors file = new NamedTensors();
    for (AdapterLayout.Module module : layout.modules()) {
      int middle = module.upOffset();
      float[] down = Arrays.copyOfRange(values, module.downOffset(), middle);
      float[] up = Arrays.copyOfRange(values, middle, middle + module.upSize());
      AdaptedModule adapted =
          new AdaptedModule(
              Network.UNET,
              module.name(),
              module.downShape(),
              down,
              module.upShape(),
              up,
              config.scale() * config.rank());
      DiffusersNaming.add(file, adapted, up);
    }
    file.metadata("format", "pt")
        .metadata(DiffusersNaming.PEFT_METADATA, peft().toString())
        .metadata("base_model", baseModel)
        .metadata("rank", String.valueOf(config.rank()))
        .metadata("alpha", String.valueOf(config.alpha()))
        .writeSafetensors(out);
  }

  private ObjectNode peft() {
    ObjectNode peft = JSON.createObjectNode();
    new PeftSettings(config.rank(), config.alpha(), Map.of(), Map.of(), config.rankStabilised(), false)
        .writeTo(peft, PREFIX);
    // Not the training's: diffusers draws with the dropout that stands here.
    peft.put(PREFIX + "lora_dropout", 0.0);
    peft.put(PREFIX + "init_lora_weights", "gaussian");
    peft.set(PREFIX + "target_modules", JSON.valueToTree(targets()));
    return peft;
  }

  /** PEFT knows no list with patterns in it: then every module is named. */
  private List<String> targets() {
    boolean plain = config.targetModules().stream().noneMatch(t -> t.startsWith("re:"));
    return plain
        ? config.targetModules()
        : layout.modules().stream().map(AdapterLayout.Module::name).toList();
  }
}
