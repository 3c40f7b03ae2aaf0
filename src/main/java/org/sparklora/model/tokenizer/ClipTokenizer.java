package org.sparklora.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.sparklora.model.folder.JsonFile;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.tokenizer.SpecialTokens.AddedToken;
import org.sparklora.util.InvalidInputException;

/**
 * CLIP's tokenizer. It turns text into the ids that the text encoder reads, and equals
 * transformers' {@code CLIPTokenizer} (version 5). Several threads may use it.
 */
public final class ClipTokenizer {
  /** The length that CLIP's text encoders are trained with. */
  private static final int CLIP_LENGTH = 77;

  private static final String VOCAB = "/vocab.json";
  private static final String MERGES = "/merges.txt";
  private static final String SINGLE = "/tokenizer.json";

  /** transformers writes 10^30 for no limit, so any number above this one means none. */
  private static final double NO_LENGTH = 1e6;

  private final TokenizerFiles files;
  private final SpecialTokens special;
  private final int length;
  private final Map<String, Integer> ids;
  private final ClipNormalizer normalizer;
  private final ClipPieces pieces;
  private final AddedTokens added;
  private final BytePairEncoding pairs;

  /**
   * A text in the form that the text encoder takes.
   *
   * @param ids {@code int[length]}: begin, the text, end, padding
   * @param truncated number of ids of the text that did not fit and were left out
   */
  public record Tokens(int[] ids, int truncated) {}

  ClipTokenizer(TokenizerFiles files, SpecialTokens special, int length) {
    this.files = files;
    this.special = special;
    this.length = length;
    this.ids = new HashMap<>(files.vocabulary());
    special.added().forEach(token -> ids.putIfAbsent(token.content(), ids.size()));
    UnicodeCharacters characters = UnicodeCharacters.load();
    this.normalizer = new ClipNormalizer(characters);
    this.pieces = new ClipPieces(characters);
    this.added = new AddedTokens(special.added(), ids, normalizer);
    this.pairs =
        new BytePairEncoding(files.vocabulary(), files.merges(), ids.get(special.unknown()));
  }

  /**
   * Reads a tokenizer's folder of a model: {@code vocab.json} and {@code merges.txt}, or {@code
   * tokenizer.json}, which transformers 5 writes in their place, and, if they are there, {@code
   * tokenizer_config.json}, {@code special_tokens_map.json} and {@code added_tokens.json}.
   *
   * @param name {@code tokenizer} or {@code tokenizer_2}
   * @throws InvalidInputException (DATA) when a file is missing or damaged
   */
  public static ClipTokenizer load(ModelFolder folder, String name) {
    String config = name + "/tokenizer_config.json";
    JsonNode settings = optional(folder, config).orElseGet(JsonNodeFactory.instance::objectNode);
    boolean single = !folder.hasFile(name + VOCAB) && folder.hasFile(name + SINGLE);
    SpecialTokens special =
        SpecialTokens.read(
            single ? SpecialTokens.listedIn(folder.json(name + SINGLE), settings) : settings,
            optional(folder, name + "/special_tokens_map.json"),
            optional(folder, name + "/added_tokens.json"),
            folder.describe(name));
    return new ClipTokenizer(
        single ? single(folder, name + SINGLE) : files(folder, name),
        special,
        length(settings, folder.describe(config)));
  }

  private static TokenizerFiles files(ModelFolder folder, String name) {
    String vocab = name + VOCAB;
    String merges = name + MERGES;
    return TokenizerFiles.read(
        folder.json(vocab), folder.describe(vocab), folder.file(merges), folder.describe(merges));
  }

  private static TokenizerFiles single(ModelFolder folder, String file) {
    return TokenizerFiles.read(folder.json(file), folder.describe(file));
  }

  /** Reads CLIP's vocabulary and merges; padded with the end token to 77 ids. */
  public static ClipTokenizer load(Path vocab, Path merges) {
    TokenizerFiles files =
        TokenizerFiles.read(
            JsonFile.read(vocab, vocab.toString()), vocab.toString(), merges, merges.toString());
    return new ClipTokenizer(files, SpecialTokens.defaults(), CLIP_LENGTH);
  }

  private static Optional<JsonNode> optional(ModelFolder folder, String relative) {
    return folder.hasFile(relative) ? Optional.of(folder.json(relative)) : Optional.empty();
  }

  private static int length(JsonNode settings, String source) {
    JsonNode node = settings.path("model_max_length");
    if (node.isMissingNode() || node.isNull() || node.asDouble() > NO_LENGTH) {
      return CLIP_LENGTH;
    }
    if (!node.isNumber() || node.intValue() < 2) {
      throw InvalidInputException.data(
          "Invalid model_max_length in " + source + ": " + node + "; at least 2 is expected");
    }
    return node.intValue();
  }

  /**
   * A tokenizer that also knows these tokens, which get the next free ids in this order. As with
   * transformers' {@code add_tokens}, they are found in upper and lower case.
   *
   * @throws InvalidInputException (CONFIGURATION) when one of the tokens already exists or is given
   *     twice
   */
  public ClipTokenizer withTokens(List<String> tokens) {
    Set<String> normalized = new HashSet<>();
    for (String token : tokens) {
      boolean known = ids.containsKey(token);
      if (token.isBlank() || known || !normalized.add(normalizer.normalize(token))) {
        throw InvalidInputException.configuration(
            "Invalid token: \""
                + token
                + "\" is "
                + (token.isBlank() ? "empty" : known ? "in the tokenizer already" : "given twice")
                + "; choose another one");
      }
    }
    List<AddedToken> more = tokens.stream().map(token -> new AddedToken(token, true)).toList();
    return new ClipTokenizer(files, special.plus(more), length);
  }

  /** The number of ids that {@link #encode} gives: 77. */
  public int length() {
    return length;
  }

  /** The number of tokens; the tokenizer's own ids are below it. */
  public int size() {
    return ids.size();
  }

  /**
   * The largest of all ids. It may be higher than the number of tokens, if a vocabulary leaves ids
   * out.
   */
  public int largestId() {
    return Collections.max(ids.values());
  }

  /** The id that ends every text. */
  public int endOfText() {
    return ids.get(special.end());
  }

  /** A token's id, as it is written in the vocabulary. */
  public Optional<Integer> id(String token) {
    return Optional.ofNullable(ids.get(token));
  }

  /** A text's ids with begin and end, without a limit. */
  public int[] ids(String text) {
    IntStream.Builder out = IntStream.builder();
    out.add(ids.get(special.begin()));
    // A lone surrogate is not a character; it counts as a question mark.
    String valid = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    added.splitRaw(
        valid,
        out,
        rest ->
            added.splitNormalized(
                normalizer.normalize(rest),
                out,
                words -> pieces.cut(words).forEach(piece -> pairs.encode(piece, out))));
    out.add(ids.get(special.end()));
    return out.build().toArray();
  }

  /** A text's ids, cut or padded to {@link #length()}. */
  public Tokens encode(String text) {
    return fitted(ids(text));
  }

  private Tokens fitted(int[] all) {
    int[] fixed = Arrays.copyOf(all, length);
    if (all.length < length) {
      Arrays.fill(fixed, all.length, length, ids.get(special.padding()));
    } else {
      fixed[length - 1] = ids.get(special.end());
    }
    return new Tokens(fixed, Math.max(all.length - length, 0));
  }

  /**
   * A text's ids in pieces, one after the other, as kohya's sd-scripts cut long captions: each
   * piece has {@link #length()} ids and its own begin and end. One piece is {@link
   * #encode(String)}.
   */
  public Tokens encode(String text, int pieces) {
    return fitted(ids(text), pieces);
  }

  /**
   * As {@link #encode(String, int)}, of ids that are known.
   *
   * @param all ids of a text, with begin and end
   */
  public Tokens fitted(int[] all, int pieces) {
    if (pieces == 1) {
      return fitted(all);
    }
    int end = ids.get(special.end());
    int padding = ids.get(special.padding());
    int[] whole = Arrays.copyOf(all, most(pieces));
    int last = whole.length - 1;
    if (all.length < whole.length) {
      Arrays.fill(whole, all.length, whole.length, padding);
    } else {
      whole[last] = end;
    }
    int[] cut = new int[pieces * length];
    for (int piece = 0; piece < pieces; piece++) {
      int first = piece * length;
      cut[first] = whole[0];
      System.arraycopy(whole, 1 + piece * (length - 2), cut, first + 1, length - 2);
      cut[first + length - 1] = whole[last];
      if (padding != end) {
        int beforeLast = cut[first + length - 2];
        if (beforeLast != end && beforeLast != padding) {
          cut[first + length - 1] = end;
        }
        if (cut[first + 1] == padding) {
          cut[first + 1] = end;
        }
      }
    }
    return new Tokens(cut, Math.max(all.length - whole.length, 0));
  }

  /** The most ids of a text that so many pieces hold, with one begin and one end. */
  public int most(int pieces) {
    return pieces * (length - 2) + 2;
  }
}
