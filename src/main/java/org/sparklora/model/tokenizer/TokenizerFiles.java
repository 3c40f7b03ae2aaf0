package org.sparklora.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.sparklora.model.tokenizer.BytePairEncoding.MergePair;
import org.sparklora.store.RegularFile;
import org.sparklora.util.InvalidInputException;

/**
 * A byte-pair vocabulary, checked.
 *
 * @param vocabulary token to id
 * @param merges most important first
 */
record TokenizerFiles(Map<String, Integer> vocabulary, List<MergePair> merges) {
  private static final int MOST_ADDED = 1000;

  /**
   * Reads {@code vocab.json} and {@code merges.txt}.
   *
   * @throws InvalidInputException (DATA) naming the file and the line
   */
  static TokenizerFiles read(JsonNode vocab, String vocabSource, Path merges, String mergesSource) {
    Map<String, Integer> vocabulary = vocabulary(vocab, vocabSource);
    try {
      byte[] text = RegularFile.read(merges, RegularFile.CONFIGURATION_BYTES);
      List<String> lines =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(text))
              .toString()
              .lines()
              .toList();
      return new TokenizerFiles(vocabulary, merges(lines, vocabulary, mergesSource));
    } catch (CharacterCodingException e) {
      throw InvalidInputException.data(
          "Cannot read " + mergesSource + ": it is not UTF-8; copy it again", e);
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot read " + mergesSource + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads {@code tokenizer.json}, in which a merge is a text as in {@code merges.txt} or a pair.
   *
   * @throws InvalidInputException (DATA) when it is not a byte-pair vocabulary
   */
  static TokenizerFiles read(JsonNode single, String source) {
    JsonNode model = single.path("model");
    if (!model.path("type").asText("BPE").equals("BPE")) {
      throw InvalidInputException.data(
          "Unsupported model in " + source + ": " + model.path("type") + "; CLIP's is BPE");
    }
    Map<String, Integer> vocabulary = vocabulary(model.path("vocab"), source + " (model.vocab)");
    List<String> lines = new ArrayList<>();
    for (JsonNode merge : model.path("merges")) {
      lines.add(
          merge.isArray() ? merge.path(0).asText() + " " + merge.path(1).asText() : merge.asText());
    }
    return new TokenizerFiles(vocabulary, merges(lines, vocabulary, source + " (model.merges)"));
  }

  private static Map<String, Integer> vocabulary(JsonNode vocab, String source) {
    if (!vocab.isObject() || vocab.isEmpty()) {
      throw InvalidInputException.data(
          "Invalid " + source + ": it is not a JSON object of tokens and ids");
    }
    Map<String, Integer> vocabulary = new HashMap<>();
    for (Map.Entry<String, JsonNode> field : vocab.properties()) {
      JsonNode id = field.getValue();
      if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0) {
        throw InvalidInputException.data(
            "Invalid id of token " + field.getKey() + " in " + source + ": " + id);
      }
      vocabulary.put(field.getKey(), id.intValue());
    }
    return vocabulary;
  }

  private static List<MergePair> merges(
      List<String> lines, Map<String, Integer> vocabulary, String source) {
    List<MergePair> pairs = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith("#version") || line.isEmpty()) {
        continue;
      }
      int space = line.indexOf(' ');
      if (space <= 0 || space != line.lastIndexOf(' ') || space == line.length() - 1) {
        throw invalid(source, i, line, "two tokens with a space between are expected");
      }
      MergePair pair = new MergePair(line.substring(0, space), line.substring(space + 1));
      for (String token : List.of(pair.left(), pair.right(), pair.joined())) {
        if (!vocabulary.containsKey(token)) {
          throw invalid(source, i, line, token + " is not in the vocabulary");
        }
      }
      pairs.add(pair);
    }
    requireWhole(pairs, vocabulary, source);
    return pairs;
  }

  /**
   * Refuses merges that were cut off: texts would become other ids, and nobody would notice. Every
   * token of several letters is made by a merge. Tokens that a tool has added are few.
   */
  private static void requireWhole(
      List<MergePair> merges, Map<String, Integer> vocabulary, String source) {
    Set<String> made = new HashSet<>();
    merges.forEach(merge -> made.add(merge.joined()));
    List<String> unmade =
        vocabulary.keySet().stream()
            .filter(token -> token.replace("</w>", "").length() > 1 && !made.contains(token))
            .toList();
    if (unmade.size() > MOST_ADDED) {
      throw InvalidInputException.data(
          "Invalid "
              + source
              + ": no line of it makes "
              + unmade.size()
              + " of the vocabulary's "
              + vocabulary.size()
              + " tokens, such as "
              + shown(unmade.get(0))
              + "; its end is missing, copy it again");
    }
  }

  private static String shown(String line) {
    return line.length() <= 100 ? line : line.substring(0, 100) + "...";
  }

  private static InvalidInputException invalid(String source, int index, String line, String why) {
    return InvalidInputException.data(
        "Invalid line " + (index + 1) + " of " + source + ": " + shown(line) + "; " + why);
  }
}
