package org.sparklora.lora.key;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;

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
  /** Switches that change the computation to something other than {@code alpha / r B A}. */
  private static final List<String> OTHER_METHODS =
      List.of("use_qalora", "lora_bias", "fan_in_fan_out", "alora_invocation_tokens");

  /**
   * Reads settings.
   *
   * @param source name of the JSON in messages
   */
  public static PeftSettings of(JsonNode json, String source) {
    for (String method : OTHER_METHODS) {
      JsonNode value = json.path(method);
      if (!value.isMissingNode() && !value.isNull() && !(value.isBoolean() && !value.asBoolean())) {
        throw unsupported(source, method, value, "only LoRA and DoRA are read");
      }
    }
    JsonNode rank = json.path("r");
    JsonNode alpha = json.path("lora_alpha");
    if (!rank.canConvertToInt() || rank.asInt() < 1 || !alpha.isNumber()) {
      throw InvalidInputException.data(
          "Invalid "
              + source
              + ": r is "
              + rank
              + " and lora_alpha "
              + alpha
              + ", both must be numbers; they scale the adapter");
    }
    JsonNode stabilised = json.path("use_rslora");
    return new PeftSettings(
        rank.asInt(),
        alpha.asDouble(),
        pattern(json, "rank_pattern", source, JsonNode::asInt),
        pattern(json, "alpha_pattern", source, JsonNode::asDouble),
        stabilised.asBoolean(),
        json.path("use_dora").asBoolean());
  }

  private static <T> Map<String, T> pattern(
      JsonNode json, String field, String source, Function<JsonNode, T> value) {
    Map<String, T> pattern = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : json.path(field).properties()) {
      if (!PeftPattern.isOne(entry.getKey()) || !entry.getValue().isNumber()) {
        throw unsupported(
            source,
            field + " " + entry.getKey(),
            entry.getValue(),
            "it is not a regular expression for modules' names and a number");
      }
      pattern.put(entry.getKey(), value.apply(entry.getValue()));
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
   * Checks that exactly the modules have magnitudes for which the settings say so. PEFT would make
   * up missing ones and drop the others.
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

  /** The alpha of a module for which its scale is {@code alpha / rank}. */
  public double alpha(String module, int actualRank) {
    double own = lookup(alphas, module, alpha);
    return rankStabilised ? own * Math.sqrt(actualRank) : own;
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
  public void writeTo(ObjectNode json, String prefix) {
    json.put(prefix + "r", rank);
    if (alpha == Math.rint(alpha)) {
      json.put(prefix + "lora_alpha", Math.round(alpha));
    } else {
      json.put(prefix + "lora_alpha", alpha);
    }
    json.set(prefix + "rank_pattern", JSON.valueToTree(ranks));
    json.set(prefix + "alpha_pattern", JSON.valueToTree(alphas));
    json.put(prefix + "use_rslora", rankStabilised);
    json.put(prefix + "use_dora", dora);
    json.put(prefix + "bias", "none");
  }

  private static InvalidInputException unsupported(
      String source, String what, JsonNode value, String why) {
    return InvalidInputException.data(
        "Unsupported " + what + " in " + source + ": " + value + "; " + why);
  }
}
