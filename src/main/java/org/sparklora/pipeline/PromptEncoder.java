package org.sparklora.pipeline;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.lora.LearnedToken;
import org.sparklora.model.CaptionTokenizer;
import org.sparklora.model.Network;
import org.sparklora.model.TextEncoders;
import org.sparklora.model.tokenizer.ClipTokenizer;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.pipeline.request.WeightedPrompt;
import org.sparklora.util.InvalidInputException;

/** Encodes prompts into the UNet's inputs. */
public final class PromptEncoder {
  private static final Logger LOG = LoggerFactory.getLogger(PromptEncoder.class);

  /** The most warnings, because a table of prompts should not fill the log. */
  private static final int MOST_WARNINGS = 100;

  private static final int MOST_SHOWN = 300;

  private static final Pattern WORD = Pattern.compile("\\S+");

  private final TextEncoders encoders;
  private final Map<Network, List<LearnedToken>> learned = new EnumMap<>(Network.class);
  private final Set<String> warned = new HashSet<>();
  private CaptionTokenizer tokenizer;

  public PromptEncoder(CaptionTokenizer tokenizer, TextEncoders encoders) {
    this.tokenizer = tokenizer;
    this.encoders = encoders;
  }

  /**
   * Adds a learned token. Its further vectors have the names of diffusers: token_1, token_2.
   *
   * @throws InvalidInputException when its vectors are for another text encoder, or the tokenizer
   *     already has such a token
   */
  void learn(LearnedToken token) {
    Network encoder = token.encoder();
    if (!encoders.family().textEncoders().contains(encoder)) {
      throw InvalidInputException.data(
          "Invalid token embedding: "
              + token.token()
              + " is for a "
              + encoder.text()
              + ", the base model is "
              + encoders.family().text()
              + " and has none; it was made for another base model");
    }
    ClipTextModel textEncoder = encoders.model(encoder);
    int width = textEncoder.config().hiddenSize();
    for (float[] vector : token.vectors()) {
      if (vector.length != width) {
        throw InvalidInputException.data(
            "Invalid token embedding: "
                + token.token()
                + " has "
                + vector.length
                + " values a vector, the base model's "
                + encoder.text()
                + " "
                + width
                + "; it was made for another base model");
      }
    }
    int known = tokenizer.of(encoder).size();
    tokenizer = tokenizer.withTokens(encoder, token.names());
    textEncoder.setTokenRows(known, token.vectors());
    learned.computeIfAbsent(encoder, none -> new ArrayList<>()).add(token);
  }

  /**
   * Encodes prompts.
   *
   * @param second the text for the second text encoder, if the model has two; empty to use the
   *     prompt
   * @param clipSkip number of last layers to leave out
   * @return in fp32
   */
  public EncodedText encode(NDManager scope, List<String> prompts, String second, int clipSkip) {
    return encoders.encode(
        scope, prompts.stream().map(prompt -> tokens(prompt, second)).toList(), clipSkip);
  }

  /**
   * Encodes prompts whose brackets are weights, for a model of one text encoder.
   *
   * @param clipSkip number of last layers to leave out
   * @return in fp32
   */
  public EncodedText encodeWeighted(NDManager scope, List<String> prompts, int clipSkip) {
    ClipTokenizer first = tokenizer.first();
    List<WeightedPrompt.Tokens> tokens =
        prompts.stream()
            .map(prompt -> WeightedPrompt.parse(expanded(Network.TEXT_ENCODER, prompt)))
            .map(prompt -> prompt.tokens(first))
            .toList();
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.get(i).ids().length > tokenizer.most()) {
        warnOfCut(WeightedPrompt.parse(prompts.get(i)).words());
      }
    }
    EncodedText plain =
        encoders.encode(
            scope,
            tokens.stream().map(of -> first.fitted(of.ids(), tokenizer.pieces()).ids()).toList(),
            clipSkip);
    return EncodedText.of(WeightedPrompt.weigh(scope, plain.states(), tokens));
  }

  private void warnOfCut(String prompt) {
    cutOff(prompt)
        .filter(cut -> warned.size() < MOST_WARNINGS && warned.add(prompt))
        .ifPresent(
            cut ->
                LOG.warn(
                    "The text encoder reads {} tokens of a prompt; this part is left out: {}",
                    tokenizer.most(),
                    shortened(cut)));
  }

  private int[] tokens(String prompt, String second) {
    warnOfCut(prompt);
    return tokenizer.ids(
        encoder -> {
          boolean first = encoder == Network.TEXT_ENCODER || second.isEmpty();
          return expanded(encoder, first ? prompt : second);
        });
  }

  private static String shortened(String text) {
    return text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + "...";
  }

  /**
   * The end of a prompt that the text encoder does not read, from the first cut word on; empty if
   * all is read.
   */
  Optional<String> cutOff(String prompt) {
    String text = expanded(Network.TEXT_ENCODER, prompt);
    if (tokenizer.truncated(text) == 0) {
      return Optional.empty();
    }
    int read = 0;
    Matcher words = WORD.matcher(text);
    while (words.find() && tokenizer.truncated(text.substring(0, words.end())) == 0) {
      read = words.end();
    }
    return Optional.of(text.substring(read).strip());
  }

  private String expanded(Network encoder, String prompt) {
    String expanded = prompt;
    for (LearnedToken token : learned.getOrDefault(encoder, List.of())) {
      expanded = expanded.replace(token.token(), String.join(" ", token.names()));
    }
    return expanded;
  }
}
