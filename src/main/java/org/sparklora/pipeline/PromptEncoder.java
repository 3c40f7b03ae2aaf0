package org.sparklora.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.lora.LearnedToken;
import org.sparklora.model.tokenizer.ClipTokenizer;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.util.InvalidInputException;

/** Prompts to what the UNet attends to. */
final class PromptEncoder {
  private static final Logger LOG = LoggerFactory.getLogger(PromptEncoder.class);

  /** Of a table of prompts not each is worth a line in the log. */
  private static final int MOST_WARNINGS = 100;

  private static final int MOST_SHOWN = 300;

  private static final Pattern WORD = Pattern.compile("\\S+");

  private final ClipTextModel textEncoder;
  private final List<LearnedToken> learned = new ArrayList<>();
  private final Set<String> warned = new HashSet<>();
  private ClipTokenizer tokenizer;

  PromptEncoder(ClipTokenizer tokenizer, ClipTextModel textEncoder) {
    this.tokenizer = tokenizer;
    this.textEncoder = textEncoder;
  }

  /**
   * Makes a learned token known. Its further vectors are named as diffusers names them: token_1,
   * token_2.
   *
   * @throws InvalidInputException when its vectors are for another text encoder, or the tokenizer
   *     has such a token
   */
  void learn(LearnedToken token) {
    int width = textEncoder.config().hiddenSize();
    for (float[] vector : token.vectors()) {
      if (vector.length != width) {
        throw InvalidInputException.data(
            "Invalid token embedding: "
                + token.token()
                + " has "
                + vector.length
                + " values a vector, the base model's text encoder "
                + width
                + "; it was made for another base model");
      }
    }
    int known = tokenizer.size();
    tokenizer = tokenizer.withTokens(token.names());
    textEncoder.setTokenRows(known, token.vectors());
    learned.add(token);
  }

  /**
   * Encodes prompts.
   *
   * @param clipSkip how many of the last layers to leave out
   * @return {@code [prompts, 77, width]} in the text encoder's precision
   */
  NDArray encode(NDManager scope, List<String> prompts, int clipSkip) {
    int length = tokenizer.length();
    long[] ids = new long[prompts.size() * length];
    for (int i = 0; i < prompts.size(); i++) {
      int[] tokens = tokens(prompts.get(i));
      for (int j = 0; j < length; j++) {
        ids[i * length + j] = tokens[j];
      }
    }
    NDArray tokens = scope.create(ids, new Shape(prompts.size(), length));
    return textEncoder.hiddenStates(scope, tokens, clipSkip);
  }

  private int[] tokens(String prompt) {
    String expanded = expanded(prompt);
    cutOff(prompt)
        .filter(cut -> warned.size() < MOST_WARNINGS && warned.add(prompt))
        .ifPresent(
            cut ->
                LOG.warn(
                    "The text encoder reads {} tokens of a prompt; this part is left out: {}",
                    tokenizer.length(),
                    shortened(cut)));
    return tokenizer.encode(expanded).ids();
  }

  private static String shortened(String text) {
    return text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + "...";
  }

  /** The end of a prompt that the text encoder does not read, from the first word it cuts. */
  Optional<String> cutOff(String prompt) {
    String text = expanded(prompt);
    if (tokenizer.encode(text).truncated() == 0) {
      return Optional.empty();
    }
    int read = 0;
    Matcher words = WORD.matcher(text);
    while (words.find() && tokenizer.encode(text.substring(0, words.end())).truncated() == 0) {
      read = words.end();
    }
    return Optional.of(text.substring(read).strip());
  }

  private String expanded(String prompt) {
    String expanded = prompt;
    for (LearnedToken token : learned) {
      expanded = expanded.replace(token.token(), String.join(" ", token.names()));
    }
    return expanded;
  }
}
