package org.sparklora.lora.key;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.PlainJson;

/**
 * Ranks and scales in the form of PEFT's {@code LoraConfig}. diffusers keeps it in a file's
 * metadata, PEFT in {@code adapter_config.json}.
 *
 * @param ranks {@code rank_pattern}: modules with a different rank
 * @param alphas {@code alpha_pattern}: modules with a different alpha
 * @param rankStabilised {@code use_rslora}: the scale is {@code alpha / sqrt(r)}
 * @param dora {@code use_dora}: every module has a magnitude
 */
public record PeftSettings(
    int rank,
    double alpha,
    Map<String, Integer> ranks,
    Map<String, Double> alphas,
    boolean rankStabilised,
    boolean dora) {
  private static final JsonElement NO = new JsonPrimitive(false);

  /** Switches that change the computation to something other than {@code alpha / r B A}. */
  private static final List<String> OTHER_METHODS =
      List.of(
          "use_qalora",
          "lora_bias",
          "fan_in_fan_out",
          "alora_invocation_tokens",
          "layer_replication");

  /**
   * Reads settings.
   *
   * @param source name of the JSON in messages
   */
  public static PeftSettings of(JsonElement settings, String source) {
    JsonObject json = settings.isJsonObject() ? settings.getAsJsonObject() : new JsonObject();
    for (String method : OTHER_METHODS) {
      JsonElement value = json.get(method);
      if (value != null && !value.isJsonNull() && !value.equals(NO)) {
        throw unsupported(source, method, value, "only LoRA and DoRA are read");
      }
    }
    boolean lora = requireKnown(json.get("peft_type"), source);
    String alphaKey = lora ? "lora_alpha" : "alpha";
    Optional<Long> rank = PlainJson.whole(json.get("r")).filter(r -> r >= 1 && r == r.intValue());
    Optional<Double> alpha = PlainJson.number(json.get(alphaKey));
    if (rank.isEmpty() || alpha.isEmpty()) {
      throw InvalidInputException.data(
          "Invalid "
              + source
              + ": r is "
              + json.get("r")
              + " and "
              + alphaKey
              + " "
              + json.get(alphaKey)
              + ", both must be numbers; they scale the adapter");
    }
    return new PeftSettings(
        rank.get().intValue(),
        alpha.get(),
        pattern(json, "rank_pattern", source, Double::intValue),
        pattern(json, "alpha_pattern", source, number -> number),
        isTrue(json.get("use_rslora")),
        isTrue(json.get("use_dora")));
  }

  /**
   * Whether the method is LoRA; otherwise it is LoHa or LoKr. Other methods of PEFT keep tensors of
   * the same names, which mean something else.
   */
  private static boolean requireKnown(JsonElement type, String source) {
    if (type == null || type.isJsonNull()) {
      return true;
    }
    String name = type.isJsonPrimitive() ? type.getAsString().toUpperCase(Locale.ROOT) : "";
    if (!List.of("LORA", "LOHA", "LOKR").contains(name)) {
      throw unsupported(source, "peft_type", type, "LORA, LOHA, LOKR, OFT and IA3 are read");
    }
    return name.equals("LORA");
  }

  /** Python's true: also a number that is not 0. */
  private static boolean isTrue(JsonElement value) {
    return value instanceof JsonPrimitive primitive
        && (primitive.isNumber() ? primitive.getAsDouble() != 0 : primitive.getAsBoolean());
  }

  private static <T> Map<String, T> pattern(
      JsonObject json, String field, String source, Function<Double, T> value) {
    Map<String, T> pattern = new LinkedHashMap<>();
    JsonElement patterns = json.get(field);
    if (patterns == null || !patterns.isJsonObject()) {
      return pattern;
    }
    for (Map.Entry<String, JsonElement> entry : patterns.getAsJsonObject().entrySet()) {
      Optional<Double> number = PlainJson.number(entry.getValue());
      if (!PeftPattern.isOne(entry.getKey()) || number.isEmpty()) {
        throw unsupported(
            source,
            field + " " + entry.getKey(),
            entry.getValue(),
            "it is not a regular expression for modules' names and a number");
      }
      pattern.put(entry.getKey(), value.apply(number.get()));
    }
    return pattern;
  }

  /** The settings that describe the ranks and alphas of an adapter's modules. */
  public static PeftSettings of(List<AdaptedModule> modules) {
    int rank = mostCommon(modules, AdaptedModule::rank);
    double alpha = mostCommon(modules, AdaptedModule::alpha);
    Map<String, Integer> ranks = new TreeMap<>();
    Map<String, Double> alphas = new TreeMap<>();
    for (AdaptedModule module : modules) {
      if (module.rank() != rank) {
        ranks.put(target(module), module.rank());
      }
      if (module.alpha() != alpha) {
        alphas.put(target(module), module.alpha());
      }
    }
    boolean dora = modules.stream().anyMatch(AdaptedModule::isDora);
    return new PeftSettings(rank, alpha, ranks, alphas, false, dora);
  }

  /**
   * Checks that exactly the modules have magnitudes for which the settings say so. PEFT would
   * initialize missing ones and ignore the others.
   *
   * @param source of the settings
   * @throws InvalidInputException (DATA) naming a module that disagrees with the settings
   */
  public void checkMagnitudes(List<AdaptedModule> modules, String source) {
    modules.stream()
        .filter(module -> module.isDora() != dora)
        .findFirst()
        .ifPresent(
            module -> {
              throw InvalidInputException.data(
                  "Invalid "
                      + source
                      + ": use_dora is "
                      + dora
                      + " but module "
                      + module.name()
                      + (dora ? " has no" : " has a")
                      + " lora_magnitude_vector; the file is not complete");
            });
  }

  /**
   * A module's name for PEFT, which also accepts the end of a name. transformers calls CLIP's
   * modules {@code text_model.encoder...} until version 4 and {@code encoder...} since then.
   */
  public static String target(Network network, String module) {
    return network.isTextEncoder() ? module.replaceFirst("^text_model\\.", "") : module;
  }

  public static String target(AdaptedModule module) {
    return target(module.network(), module.name());
  }

  /**
   * A module's whole name for PEFT. transformers 5 has {@code text_model} in its {@code
   * CLIPTextModelWithProjection} still, and in its {@code CLIPTextModel} no longer.
   */
  public static String name(AdaptedModule module) {
    return module.network() == Network.TEXT_ENCODER_2 ? module.name() : target(module);
  }

  private static <T extends Comparable<T>> T mostCommon(
      List<AdaptedModule> modules, Function<AdaptedModule, T> property) {
    Map<T, Long> counts =
        modules.stream()
            .collect(Collectors.groupingBy(property, TreeMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElseThrow();
  }

  /**
   * The alpha of a module for which its scale is {@code alpha / rank}.
   *
   * @param actualRank of its tensors
   * @throws InvalidInputException (DATA) when the settings are of another rank: PEFT refuses them,
   *     and the scale would be another
   */
  public double alpha(String module, int actualRank) {
    int said = lookup(ranks, module, rank);
    if (said != actualRank) {
      throw InvalidInputException.data(
          "Invalid adapter: its settings say rank "
              + said
              + " of "
              + module
              + " (r, rank_pattern), and its tensors have "
              + actualRank
              + "; the settings are of another adapter");
    }
    double own = lookup(alphas, module, alpha);
    return rankStabilised ? own * Math.sqrt(actualRank) : own;
  }

  /** PEFT's scale of a module, {@code alpha / r}, whatever tensors it has. */
  public double scale(String module) {
    double scale = lookup(alphas, module, alpha) / lookup(ranks, module, rank);
    if (!Float.isFinite((float) scale) || scale == 0) {
      throw InvalidInputException.data(
          "Invalid adapter: alpha / r of "
              + module
              + " is "
              + scale
              + "; it must be a finite number other than zero");
    }
    return scale;
  }

  /**
   * The value of the first pattern that matches, as in PEFT. transformers' older names are tried,
   * too.
   */
  private static <T> T lookup(Map<String, T> pattern, String module, T otherwise) {
    String now = module.replaceFirst("^text_model\\.", "");
    return pattern.entrySet().stream()
        .filter(e -> PeftPattern.of(e.getKey()).matches(module, now))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(otherwise);
  }

  /** Puts the settings into a JSON object, each field after {@code prefix}. */
  public void writeTo(JsonObject json, String prefix) {
    json.addProperty(prefix + "r", rank);
    if (alpha == Math.rint(alpha)) {
      json.addProperty(prefix + "lora_alpha", Math.round(alpha));
    } else {
      json.addProperty(prefix + "lora_alpha", alpha);
    }
    json.add(prefix + "rank_pattern", PlainJson.object(ranks));
    json.add(prefix + "alpha_pattern", PlainJson.object(alphas));
    json.addProperty(prefix + "use_rslora", rankStabilised);
    json.addProperty(prefix + "use_dora", dora);
    json.addProperty(prefix + "bias", "none");
  }

  private static InvalidInputException unsupported(
      String source, String what, JsonElement value, String why) {
    return InvalidInputException.data(
        "Unsupported " + what + " in " + source + ": " + value + "; " + why);
  }
}
