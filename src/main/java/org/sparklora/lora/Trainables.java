package org.sparklora.lora;

import static java.util.stream.Collectors.joining;

import java.io.Serializable;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.model.CaptionTokenizer;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;

/**
 * What a run trains: LoRA in networks, new tokens, or both.
 *
 * @param lora settings for each adapted network; a network without an entry is frozen
 * @param tokens rows that are added to each text encoder's token embedding
 * @param initialAdapters at most one, from which LoRA starts; a list, because an optional cannot be
 *     serialized
 * @param clipSkip {@code --clip_skip}: how many of a text encoder's last layers are left out
 */
public record Trainables(
    Map<Network, LoraConfig> lora,
    List<NewToken> tokens,
    List<InitialAdapter> initialAdapters,
    int clipSkip)
    implements Serializable {
  public Trainables {
    EnumMap<Network, LoraConfig> sorted = new EnumMap<>(Network.class);
    sorted.putAll(lora);
    lora = sorted;
    tokens = List.copyOf(tokens);
    initialAdapters = List.copyOf(initialAdapters);
  }

  /** Makes trainables that start from new values and use all layers of the text encoders. */
  public Trainables(Map<Network, LoraConfig> lora, List<NewToken> tokens) {
    this(lora, tokens, List.of(), 0);
  }

  /** The same with text encoders that leave out their last layers. */
  public Trainables skipping(int layers) {
    return new Trainables(lora, tokens, initialAdapters, layers);
  }

  /** The same with new tokens. */
  public Trainables withTokens(List<NewToken> others) {
    return new Trainables(lora, others, initialAdapters, clipSkip);
  }

  /** Returns the same with other LoRA settings. */
  public Trainables withLora(Map<Network, LoraConfig> others) {
    return new Trainables(others, tokens, initialAdapters, clipSkip);
  }

  /**
   * The same once the adapter to start from is read.
   *
   * @param sha256 of its content
   */
  public Trainables startingFrom(String sha256) {
    return new Trainables(
        lora, tokens, initialAdapters.stream().map(from -> from.read(sha256)).toList(), clipSkip);
  }

  /** The adapter that LoRA starts from; empty to start anew. */
  public Optional<InitialAdapter> initial() {
    return initialAdapters.stream().findFirst();
  }

  /** LoRA in the UNet only. */
  public static Trainables unet(LoraConfig config) {
    return new Trainables(Map.of(Network.UNET, config), List.of());
  }

  public Optional<LoraConfig> unet() {
    return Optional.ofNullable(lora.get(Network.UNET));
  }

  public Optional<LoraConfig> textEncoder() {
    return Optional.ofNullable(lora.get(Network.TEXT_ENCODER));
  }

  /**
   * Returns the same for a family's models: the text encoder's settings apply to all of its text
   * encoders.
   */
  public Trainables in(ModelFamily family) {
    Map<Network, LoraConfig> all = new EnumMap<>(lora);
    textEncoder().ifPresent(config -> family.textEncoders().forEach(text -> all.put(text, config)));
    return withLora(all);
  }

  /** Whether a caption's hidden states depend on trained values. */
  public boolean trainsText() {
    return textEncoder().isPresent() || !tokens.isEmpty();
  }

  /** Probability of zeroing an input of A while training, the same in every network. */
  public double dropout() {
    return lora.values().stream().mapToDouble(LoraConfig::dropout).max().orElse(0);
  }

  /** Dropout between A and B, the same in every network. */
  public InnerDropout innerDropout() {
    return lora.values().stream().findFirst().map(LoraConfig::inner).orElse(InnerDropout.NONE);
  }

  /**
   * A base model's tokenizers that also know the new tokens.
   *
   * @throws org.sparklora.util.InvalidInputException (CONFIGURATION) when the tokenizer already has
   *     one of them
   */
  public CaptionTokenizer tokenizer(CaptionTokenizer base) {
    return base.withTokens(tokens.stream().flatMap(token -> token.names().stream()).toList());
  }

  /** A caption in which every new token is replaced by the tokens of its vectors. */
  public String writtenOut(String caption) {
    String written = caption;
    for (NewToken token : tokens) {
      written = token.writtenOut(written);
    }
    return written;
  }

  /** The settings that a resumed run must share, by flag. */
  public Map<String, String> recipe() {
    Map<String, String> recipe = new TreeMap<>();
    unet().ifPresent(config -> recipe.putAll(config.recipe()));
    textEncoder()
        .ifPresent(config -> config.recipe().forEach((k, v) -> recipe.put("text_encoder " + k, v)));
    initial().ifPresent(from -> recipe.put("init_lora", "sha256:" + from.sha256()));
    if (clipSkip > 0) {
      recipe.put("clip_skip", String.valueOf(clipSkip));
    }
    if (!tokens.isEmpty()) {
      recipe.put("tokens", tokens.stream().map(NewToken::recipe).collect(joining(", ")));
    }
    return recipe;
  }
}
