package org.sparklora.model.tokenizer;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.model.folder.ModelFolder;

/**
 * Adds tokens to the files of a model's tokenizer folder, wherever transformers reads them: in
 * {@code added_tokens.json}, which every version knows, and in {@code tokenizer_config.json} and
 * {@code tokenizer.json} if these list tokens already, because they then take precedence.
 */
public final class AddedTokenFiles {
  private static final String LEGACY = "/added_tokens.json";
  private static final String CONFIG = "/tokenizer_config.json";
  private static final String FAST = "/tokenizer.json";
  private static final String DECODER = "added_tokens_decoder";

  private AddedTokenFiles() {}

  /**
   * The files that change.
   *
   * @param folder {@code tokenizer} or {@code tokenizer_2}
   * @param tokens that get the ids from {@code firstId} on. They are found in text in upper and
   *     lower case, as with transformers' {@code add_tokens}
   * @return contents by relative name
   */
  public static Map<String, byte[]> of(
      ModelFolder base, String folder, List<String> tokens, int firstId) {
    Map<String, byte[]> files = new TreeMap<>();
    ObjectNode legacy = existing(base, folder + LEGACY);
    for (int i = 0; i < tokens.size(); i++) {
      legacy.put(tokens.get(i), firstId + i);
    }
    files.put(folder + LEGACY, bytes(legacy));
    ObjectNode config = existing(base, folder + CONFIG);
    if (config.path(DECODER) instanceof ObjectNode decoder) {
      for (int i = 0; i < tokens.size(); i++) {
        decoder.set(String.valueOf(firstId + i), token(tokens.get(i)));
      }
      files.put(folder + CONFIG, bytes(config));
    }
    ObjectNode fast = existing(base, folder + FAST);
    if (fast.path("added_tokens") instanceof ArrayNode added) {
      for (int i = 0; i < tokens.size(); i++) {
        added.add(token(tokens.get(i)).put("id", firstId + i));
      }
      files.put(folder + FAST, bytes(fast));
    }
    return files;
  }

  private static ObjectNode token(String content) {
    return JSON.createObjectNode()
        .put("content", content)
        .put("lstrip", false)
        .put("normalized", true)
        .put("rstrip", false)
        .put("single_word", false)
        .put("special", false);
  }

  private static ObjectNode existing(ModelFolder base, String relative) {
    JsonNode node = base.hasFile(relative) ? base.json(relative) : JSON.createObjectNode();
    return node instanceof ObjectNode object ? object : JSON.createObjectNode();
  }

  private static byte[] bytes(JsonNode node) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(node);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
