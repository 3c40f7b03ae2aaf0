package org.sparklora.lora.key;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sparklora.model.Network;

/**
 * The keys that diffusers and PEFT have written over the years: {@code unet.}, {@code
 * text_encoder.}, {@code text_encoder_2.} or none of them, {@code base_model.model.} or not, the
 * module, and one of several names for A and B.
 */
public final class DiffusersKeys {
  private static final Pattern UNET =
      Pattern.compile(
          "(down_blocks|up_blocks|mid_block|conv_in|conv_out|time_embedding|add_embedding)\\..*");
  private static final Pattern TEXT_ENCODER = Pattern.compile("(text_model\\.)?(encoder\\..*)");

  private static final Pattern OLD_ATTENTION =
      Pattern.compile("(.*)\\.to_([qkv]|out)_lora\\.(down\\.weight|up\\.weight|alpha)");

  /**
   * The oldest files name all four pairs under each projection of a text encoder; only the pair of
   * the projection's own name was applied.
   */
  private static final Pattern UNDER_PROJECTION =
      Pattern.compile("(.*\\.self_attn)\\.([qkv]|out)_proj");

  private static final String SPARE = ".*\\.self_attn\\.([qkv]|out)_proj\\.to_([qkv]|out)_lora";

  private static final Map<String, Slot.Part> ENDINGS = new LinkedHashMap<>();

  static {
    ENDINGS.put(".lora_A.weight", Slot.Part.DOWN);
    ENDINGS.put(".lora_B.weight", Slot.Part.UP);
    ENDINGS.put(".lora_A.default.weight", Slot.Part.DOWN);
    ENDINGS.put(".lora_B.default.weight", Slot.Part.UP);
    ENDINGS.put(".lora.down.weight", Slot.Part.DOWN);
    ENDINGS.put(".lora.up.weight", Slot.Part.UP);
    ENDINGS.put(".lora_linear_layer.down.weight", Slot.Part.DOWN);
    ENDINGS.put(".lora_linear_layer.up.weight", Slot.Part.UP);
    ENDINGS.put(".alpha", Slot.Part.ALPHA);
    ENDINGS.put(".lora_magnitude_vector", Slot.Part.MAGNITUDE);
    ENDINGS.put(".lora_magnitude_vector.weight", Slot.Part.MAGNITUDE);
    ENDINGS.put(".lora_magnitude_vector.default.weight", Slot.Part.MAGNITUDE);
  }

  private DiffusersKeys() {}

  /** Whether a key is an attention's A or B in the names of diffusers until version 0.21. */
  public static boolean isOld(String key) {
    return OLD_ATTENTION.matcher(key).matches();
  }

  /** Whether {@link #parse} gives this name to a module that its tool never applied. */
  static boolean isSpare(String module) {
    return module.matches(SPARE);
  }

  public static boolean isCurrent(String key) {
    return !key.endsWith(".alpha") && ENDINGS.keySet().stream().anyMatch(key::endsWith);
  }

  public static Optional<Slot> parse(String key) {
    for (Network network : Network.values()) {
      String prefix = network.component() + ".";
      if (key.startsWith(prefix)) {
        return module(network, key.substring(prefix.length()));
      }
    }
    String bare = withoutPeftPrefix(key);
    if (UNET.matcher(bare).matches()) {
      return module(Network.UNET, bare);
    }
    return TEXT_ENCODER.matcher(bare).matches()
        ? module(Network.TEXT_ENCODER, bare)
        : Optional.empty();
  }

  private static String withoutPeftPrefix(String key) {
    String prefix = "base_model.model.";
    return key.startsWith(prefix) ? key.substring(prefix.length()) : key;
  }

  private static Optional<Slot> module(Network network, String prefixed) {
    String key = withoutPeftPrefix(prefixed).replace(".processor.", ".");
    Matcher old = OLD_ATTENTION.matcher(key);
    if (old.matches()) {
      Slot.Part part =
          switch (old.group(3)) {
            case "down.weight" -> Slot.Part.DOWN;
            case "up.weight" -> Slot.Part.UP;
            default -> Slot.Part.ALPHA;
          };
      String name =
          network.isTextEncoder()
              ? ofTextEncoder(old.group(1), old.group(2))
              : old.group(1) + ".to_" + old.group(2) + (old.group(2).equals("out") ? ".0" : "");
      return Optional.of(new Slot(network, inNetwork(network, name), part));
    }
    return ENDINGS.entrySet().stream()
        .filter(ending -> key.endsWith(ending.getKey()))
        .findFirst()
        .map(
            ending -> {
              String name = key.substring(0, key.length() - ending.getKey().length());
              return new Slot(network, inNetwork(network, name), ending.getValue());
            });
  }

  private static String ofTextEncoder(String place, String projection) {
    Matcher under = UNDER_PROJECTION.matcher(place);
    if (!under.matches()) {
      return place + "." + projection + "_proj";
    }
    return under.group(2).equals(projection) ? place : place + ".to_" + projection + "_lora";
  }

  /** Newer versions of transformers leave {@code text_model.} out. */
  private static String inNetwork(Network network, String name) {
    return network.isTextEncoder() && name.startsWith("encoder.") ? "text_model." + name : name;
  }
}
