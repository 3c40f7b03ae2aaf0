package org.sparklora.lora.key;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.PlainJson;

/**
 * What PEFT's {@code adapter_config.json} says of OFT and IA3.
 *
 * @param method {@code OFT} or {@code IA3}
 * @param largestNorm {@code eps} of COFT; infinite without it
 * @param shared {@code block_share}
 * @param terms {@code num_cayley_neumann_terms}; 0 for the exact inverse
 * @param feedForward {@code feedforward_modules}: IA3 scales their inputs
 */
public record PeftRelative(
    String method, double largestNorm, boolean shared, int terms, List<String> feedForward) {
  private static final double DEFAULT_EPS = 6e-5;
  private static final int DEFAULT_TERMS = 5;
  private static final int MOST_TERMS = 1000;

  /**
   * Reads the settings; empty for another method.
   *
   * @param source name of the JSON in messages
   */
  public static Optional<PeftRelative> of(JsonElement settings, String source) {
    JsonObject json = settings.isJsonObject() ? settings.getAsJsonObject() : new JsonObject();
    String method =
        PlainJson.text(json.get("peft_type")).map(t -> t.toUpperCase(Locale.ROOT)).orElse("");
    if (!method.equals("OFT") && !method.equals("IA3")) {
      return Optional.empty();
    }
    refuseTrue(json, "fan_in_fan_out", source);
    boolean series = isTrue(json.get("use_cayley_neumann"), true, source);
    return Optional.of(
        new PeftRelative(
            method,
            isTrue(json.get("coft"), false, source)
                ? number(json, "eps", DEFAULT_EPS, source)
                : Double.POSITIVE_INFINITY,
            isTrue(json.get("block_share"), false, source),
            series ? terms(json, source) : 0,
            names(json.get("feedforward_modules"), source)));
  }

  private static int terms(JsonObject json, String source) {
    double terms = number(json, "num_cayley_neumann_terms", DEFAULT_TERMS, source);
    if (terms < 1 || terms > MOST_TERMS || terms != Math.rint(terms)) {
      throw invalid(source, "num_cayley_neumann_terms", json.get("num_cayley_neumann_terms"));
    }
    return (int) terms;
  }

  private static double number(JsonObject json, String field, double otherwise, String source) {
    JsonElement value = json.get(field);
    if (value == null || value.isJsonNull()) {
      return otherwise;
    }
    return PlainJson.number(value)
        .filter(number -> number >= 0)
        .orElseThrow(() -> invalid(source, field, value));
  }

  private static void refuseTrue(JsonObject json, String field, String source) {
    if (isTrue(json.get(field), false, source)) {
      throw InvalidInputException.data(
          "Unsupported " + field + " in " + source + ": no layer of the networks has it");
    }
  }

  private static boolean isTrue(JsonElement value, boolean otherwise, String source) {
    if (value == null || value.isJsonNull()) {
      return otherwise;
    }
    if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isBoolean()) {
      throw invalid(source, "a switch", value);
    }
    return value.getAsBoolean();
  }

  private static List<String> names(JsonElement value, String source) {
    if (value == null || value.isJsonNull()) {
      return List.of();
    }
    if (!value.isJsonArray()) {
      throw InvalidInputException.data(
          "Unsupported feedforward_modules in "
              + source
              + ": "
              + value
              + "; only a list of names is read");
    }
    List<String> names = new ArrayList<>();
    for (JsonElement name : value.getAsJsonArray()) {
      names.add(
          PlainJson.text(name).orElseThrow(() -> invalid(source, "feedforward_modules", name)));
    }
    return names;
  }

  private static InvalidInputException invalid(String source, String field, JsonElement value) {
    return InvalidInputException.data(
        "Invalid " + source + ": " + field + " is " + value + "; PEFT cannot have written it");
  }

  /** Whether PEFT takes a module for one of {@code feedforward_modules}: by the end of its name. */
  boolean isFeedForward(String module) {
    return feedForward.stream().anyMatch(module::endsWith);
  }
}
