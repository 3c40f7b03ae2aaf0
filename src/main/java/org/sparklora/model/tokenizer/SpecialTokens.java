package org.sparklora.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sparklora.util.InvalidInputException;

/**
 * The tokens that have a role, and the tokens that are found in text as they are written.
 *
 * @param added in the order in which they get ids; of equal contents the last one counts
 */
record SpecialTokens(
    String begin, String end, String padding, String unknown, List<AddedToken> added) {
  private static final String DEFAULT_BEGIN = "<|startoftext|>";
  private static final String DEFAULT_END = "<|endoftext|>";

  /** Roles in the order in which their tokens are added. */
  private static final List<String> ROLES =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  private static final List<String> EXTRAS =
      List.of("additional_special_tokens", "extra_special_tokens");

  /**
   * A token found in text.
   *
   * @param normalized whether its normalized form is looked for in normalized text
   */
  record AddedToken(String content, boolean normalized) {}

  /** CLIP's own tokens; padding is the end token, as in Stable Diffusion 1. */
  static SpecialTokens defaults() {
    return new SpecialTokens(
        DEFAULT_BEGIN,
        DEFAULT_END,
        DEFAULT_END,
        DEFAULT_END,
        List.of(new AddedToken(DEFAULT_BEGIN, false), new AddedToken(DEFAULT_END, false)));
  }

  /**
   * Reads the roles as transformers 5 does: {@code special_tokens_map.json} takes precedence over
   * {@code tokenizer_config.json}, unless the latter lists all tokens in {@code
   * added_tokens_decoder}.
   *
   * @param config tokenizer_config.json
   * @param map special_tokens_map.json
   * @param legacy added_tokens.json: tokens with their ids
   * @throws InvalidInputException (DATA) for a token that is matched in a way not supported
   */
  static SpecialTokens read(
      JsonNode config, Optional<JsonNode> map, Optional<JsonNode> legacy, String source) {
    JsonNode listed = config.path("added_tokens_decoder");
    List<AddedToken> decoder =
        listed.isObject()
            ? listed(listed, source)
            : legacy.map(SpecialTokens::legacy).orElse(List.of());
    Optional<JsonNode> overrides = listed.isObject() ? Optional.empty() : map;
    Set<AddedToken> added = new LinkedHashSet<>(decoder);
    for (String role : ROLES) {
      token(config, overrides, role, source)
          .filter(token -> decoder.stream().noneMatch(it -> it.content().equals(token.content())))
          .ifPresent(added::add);
    }
    for (String field : EXTRAS) {
      for (JsonNode node : chosen(config, overrides, field)) {
        added.add(token(node, true, source));
      }
    }
    return new SpecialTokens(
        content(config, overrides, "bos_token", DEFAULT_BEGIN, source),
        content(config, overrides, "eos_token", DEFAULT_END, source),
        content(config, overrides, "pad_token", DEFAULT_END, source),
        content(config, overrides, "unk_token", DEFAULT_END, source),
        List.copyOf(added));
  }

  /**
   * Adds all tokens to tokenizer_config.json, in {@code added_tokens_decoder}.
   *
   * @param single tokenizer.json, which lists the tokens with their ids
   */
  static JsonNode listedIn(JsonNode single, JsonNode config) {
    ObjectNode all = config.deepCopy();
    ObjectNode decoder = all.putObject("added_tokens_decoder");
    for (JsonNode token : single.path("added_tokens")) {
      decoder.set(token.path("id").asText(), token);
    }
    return all;
  }

  SpecialTokens plus(List<AddedToken> tokens) {
    List<AddedToken> all = new ArrayList<>(added);
    all.addAll(tokens);
    return new SpecialTokens(begin, end, padding, unknown, List.copyOf(all));
  }

  private static String content(
      JsonNode config, Optional<JsonNode> map, String role, String byDefault, String source) {
    return token(config, map, role, source).map(AddedToken::content).orElse(byDefault);
  }

  private static Optional<AddedToken> token(
      JsonNode config, Optional<JsonNode> map, String role, String source) {
    JsonNode node = chosen(config, map, role);
    if (node.isMissingNode() || node.isNull()) {
      return switch (role) {
        case "bos_token" -> Optional.of(new AddedToken(DEFAULT_BEGIN, false));
        case "eos_token", "unk_token", "pad_token" ->
            Optional.of(new AddedToken(DEFAULT_END, false));
        default -> Optional.empty();
      };
    }
    return Optional.of(token(node, true, source));
  }

  private static JsonNode chosen(JsonNode config, Optional<JsonNode> map, String field) {
    return map.filter(node -> node.has(field)).orElse(config).path(field);
  }

  private static AddedToken token(JsonNode node, boolean special, String source) {
    if (node.isTextual()) {
      return new AddedToken(node.textValue(), !special);
    }
    if (!node.path("content").isTextual()) {
      throw InvalidInputException.data(
          "Invalid token in "
              + source
              + ": "
              + node
              + "; a text or an object with content expected");
    }
    for (String flag : List.of("lstrip", "rstrip", "single_word")) {
      if (node.path(flag).asBoolean()) {
        throw InvalidInputException.data(
            "Unsupported " + flag + " of token " + node.path("content") + " in " + source);
      }
    }
    boolean isSpecial = node.path("special").asBoolean(special);
    return new AddedToken(
        node.path("content").textValue(), node.path("normalized").asBoolean(!isSpecial));
  }

  private static List<AddedToken> listed(JsonNode decoder, String source) {
    return decoder.properties().stream()
        .sorted(Comparator.comparingLong(field -> idOf(field.getKey(), source)))
        .map(field -> token(field.getValue(), false, source))
        .toList();
  }

  private static long idOf(String key, String source) {
    try {
      return Long.parseLong(key);
    } catch (NumberFormatException e) {
      throw InvalidInputException.data(
          "Invalid id in added_tokens_decoder of " + source + ": " + key, e);
    }
  }

  private static List<AddedToken> legacy(JsonNode ids) {
    return ids.properties().stream()
        .sorted(Comparator.comparingLong(field -> field.getValue().asLong()))
        .map(Map.Entry::getKey)
        .map(content -> new AddedToken(content, true))
        .toList();
  }
}
