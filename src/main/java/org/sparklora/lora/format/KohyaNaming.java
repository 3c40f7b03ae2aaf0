package org.sparklora.lora.format;

import static java.util.stream.Collectors.joining;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.AdapterFamily;
import org.sparklora.lora.key.AlphaRule;
import org.sparklora.lora.key.FileMetadata;
import org.sparklora.lora.key.KohyaNames;
import org.sparklora.lora.key.ModuleGathering;
import org.sparklora.lora.key.NamedTensors;
import org.sparklora.lora.key.PeftSettings;
import org.sparklora.lora.key.SdxlSigns;
import org.sparklora.lora.key.Slot;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.util.InvalidInputException;

/**
 * The files that kohya's scripts write and the web UIs read: underscore names, {@code lora_down},
 * {@code lora_up} and an {@code alpha} for each module, and {@code ss_} entries in the metadata.
 * SDXL's text encoders are {@code lora_te1_} and {@code lora_te2_}. diffusers exports the same with
 * {@code lora_te1_} for the text encoder of any model. LyCORIS' {@code dora_scale} is a magnitude
 * for each output, {@code out x 1} or {@code out x 1 x 1 x 1}. kohya's own OFT has {@code
 * oft_unet_} before its names.
 */
final class KohyaNaming implements AdapterNaming {
  private static final Pattern KEY =
      Pattern.compile(
          "(lora_unet|lora_te[12]?|oft_unet)_(\\w+)\\.(lora_(down|mid|up)\\.weight|alpha"
              + "|[ab][12]\\.weight|oft_blocks|rescale|weight|on_input|dora_scale|hada_(w[12]_[ab]|t[12])|lokr_(w[12](_[ab])?|t2)|diff(_b)?)");

  /** Metadata that is computed from the content, or that repeats what the tensors say. */
  private static final String[] COMPUTED = {
    "format", "sshs_model_hash", "sshs_legacy_hash", "ss_network_dim", "ss_network_alpha",
  };

  private static final String MODULE = "ss_network_module";

  private final AdapterFormat format;

  KohyaNaming(AdapterFormat format) {
    this.format = format;
  }

  @Override
  public boolean recognises(AdapterSource source) {
    Set<String> keys = source.tensors().tensors().keySet();
    return keys.stream().anyMatch(key -> KEY.matcher(key).matches());
  }

  @Override
  public Adapter read(AdapterSource source) {
    source.tensors().tensors().values().forEach(tensor -> refuseMagnitudeOfInputs(source, tensor));
    Map<String, String> metadata =
        new TreeMap<>(FileMetadata.without(source.tensors().metadata(), COMPUTED));
    putOtherKinds(source.tensors().tensors().keySet(), metadata);
    ModelFamily family = SdxlSigns.family(source.tensors());
    ModuleGathering gathering =
        new ModuleGathering(source.tensors()).addAll(key -> slot(family, key));
    List<AdaptedModule> modules = gathering.modules(AlphaRule.RANK);
    return new Adapter(
        modules, gathering.relative(AlphaRule.RANK, Optional.empty()), List.of(), metadata);
  }

  /** Counts the modules of another kind than LoRA, for the output of {@code inspect}. */
  static void putOtherKinds(Set<String> keys, Map<String, String> metadata) {
    Map<String, Long> kinds = new LinkedHashMap<>();
    kinds.put("LoHa", count(keys, ".hada_w1_a"));
    kinds.put("LoKr", count(keys, ".lokr_w1") + count(keys, ".lokr_w1_a"));
    kinds.put("whole differences", count(keys, ".diff"));
    kinds.put("LoCon with a core", count(keys, ".lora_mid.weight"));
    kinds.put("GLoRA", count(keys, ".a1.weight"));
    kinds.put("OFT", count(keys, ".oft_blocks") + count(keys, ".oft_R.weight"));
    kinds.put("IA3", count(keys, ".on_input") + count(keys, ".ia3_l"));
    String others =
        kinds.entrySet().stream()
            .filter(kind -> kind.getValue() > 0)
            .map(kind -> kind.getValue() + " " + kind.getKey())
            .collect(joining(", "));
    if (!others.isEmpty()) {
      metadata.put(FileMetadata.OTHER_KINDS, others);
    }
  }

  private static long count(Set<String> keys, String ending) {
    return keys.stream().filter(key -> key.endsWith(ending)).count();
  }

  /**
   * Refuses magnitudes of inputs: LyCORIS without {@code wd_on_output} scales the columns of a
   * weight, {@code 1 x in}.
   */
  private static void refuseMagnitudeOfInputs(AdapterSource source, TensorInfo tensor) {
    long[] shape = tensor.shape();
    if (tensor.name().endsWith(".dora_scale") && shape.length > 1 && shape[0] < shape[1]) {
      throw InvalidInputException.data(
          "Unsupported adapter "
              + source.tensors().source()
              + ": "
              + tensor
              + " has a magnitude for each input of a layer; only DoRA's, one for each output, is"
              + " read (LyCORIS' wd_on_output)");
    }
  }

  private static Optional<Slot> slot(ModelFamily family, String key) {
    Matcher matcher = KEY.matcher(key);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Network network =
        switch (matcher.group(1)) {
          case "lora_unet", "oft_unet" -> Network.UNET;
          case "lora_te2" -> Network.TEXT_ENCODER_2;
          default -> Network.TEXT_ENCODER;
        };
    Slot.Part part =
        switch (matcher.group(3)) {
          case "lora_down.weight" -> Slot.Part.DOWN;
          case "lora_up.weight" -> Slot.Part.UP;
          case "dora_scale" -> Slot.Part.MAGNITUDE;
          case "alpha" ->
              matcher.group(1).equals("oft_unet") ? Slot.Part.OFT_CONSTRAINT : Slot.Part.ALPHA;
          case "a1.weight", "a2.weight", "b1.weight", "b2.weight" ->
              Slot.Part.valueOf(
                  "GLORA_" + matcher.group(3).substring(0, 2).toUpperCase(Locale.ROOT));
          case "weight" -> Slot.Part.IA3_WEIGHT;
          case "on_input" -> Slot.Part.IA3_ON_INPUT;
          case "lora_mid.weight" -> Slot.Part.MID;
          default -> Slot.Part.valueOf(matcher.group(3).toUpperCase(Locale.ROOT));
        };
    return KohyaNames.module(family, network, matcher.group(2))
        .map(module -> new Slot(network, module, part));
  }

  @Override
  public NamedTensors write(Adapter adapter) {
    Unsupported.tokens(adapter, format);
    ModelFamily family = AdapterFamily.of(adapter.modules()).orElse(ModelFamily.STABLE_DIFFUSION);
    Unsupported.modules(
        adapter,
        format,
        module ->
            KohyaNames.module(family, module.network(), module.name().replace('.', '_'))
                .equals(Optional.of(module.name())),
        "the name with underscores does not lead back to it");
    NamedTensors file = new NamedTensors();
    for (AdaptedModule module : adapter.modules()) {
      String key = KohyaNames.of(family, module.network(), module.name());
      file.add(key + ".lora_down.weight", module.downShape(), module.down());
      file.add(key + ".lora_up.weight", module.upShape(), module.up());
      file.add(key + ".alpha", new long[0], (float) module.alpha());
      module
          .magnitude()
          .ifPresent(
              values -> {
                long[] shape = new long[module.upShape().length];
                Arrays.fill(shape, 1);
                shape[0] = values.length;
                file.add(key + ".dora_scale", shape, values);
              });
    }
    PeftSettings settings = PeftSettings.of(adapter.modules());
    file.metadata(MODULE, settings.dora() ? "lycoris.kohya" : "networks.lora");
    FileMetadata.ofLora(adapter.metadata()).forEach(file::metadata);
    return file.metadata("format", "pt")
        .metadata("ss_network_dim", String.valueOf(settings.rank()))
        .metadata("ss_network_alpha", String.valueOf(settings.alpha()));
  }
}
