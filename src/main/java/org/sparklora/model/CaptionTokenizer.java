package org.sparklora.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.tokenizer.ClipTokenizer;

/**
 * A base model's tokenizers, of which each text encoder has one: a caption's token ids are those
 * for each encoder, one after the other.
 *
 * @param encoders whose they are, in the order of {@link ModelFamily#textEncoders()}
 * @param pieces of a caption that the encoders read, one after the other; each encoder's ids are
 *     then those of the pieces, one after the other
 */
public record CaptionTokenizer(List<Network> encoders, List<ClipTokenizer> tokenizers, int pieces) {
  public CaptionTokenizer {
    encoders = List.copyOf(encoders);
    tokenizers = List.copyOf(tokenizers);
  }

  /**
   * Reads a model's tokenizers.
   *
   * @throws org.sparklora.util.InvalidInputException (DATA) when a file is missing or damaged
   */
  public static CaptionTokenizer load(ModelFolder base) {
    List<Network> encoders = ModelFamily.of(base).textEncoders();
    return new CaptionTokenizer(
        encoders,
        encoders.stream().map(encoder -> ClipTokenizer.load(base, encoder.tokenizer())).toList(),
        base.textPieces());
  }

  /** The same, which cut a caption into so many pieces. */
  public CaptionTokenizer reading(int others) {
    return new CaptionTokenizer(encoders, tokenizers, others);
  }

  /** The number of a caption's ids that the first text encoder does not read. */
  public int truncated(String caption) {
    return first().encode(caption, pieces).truncated();
  }

  /** The most ids of a caption that the first text encoder reads, with begin and end. */
  public int most() {
    return first().most(pieces);
  }

  /** The tokenizer of the first text encoder. The others split texts in the same way. */
  public ClipTokenizer first() {
    return tokenizers.get(0);
  }

  /** The tokenizer of a text encoder. */
  public ClipTokenizer of(Network encoder) {
    return tokenizers.get(encoders.indexOf(encoder));
  }

  /** A caption's ids, cut or padded to what each encoder reads. */
  public int[] ids(String caption) {
    return ids(encoder -> caption);
  }

  /** As {@link #ids(String)}, of a caption for each encoder. */
  public int[] ids(Function<Network, String> captions) {
    return IntStream.range(0, encoders.size())
        .mapToObj(i -> tokenizers.get(i).encode(captions.apply(encoders.get(i)), pieces).ids())
        .flatMapToInt(IntStream::of)
        .toArray();
  }

  /**
   * Tokenizers that also know these tokens.
   *
   * @throws org.sparklora.util.InvalidInputException (CONFIGURATION) when there is such a token
   *     already, or one twice
   */
  public CaptionTokenizer withTokens(List<String> tokens) {
    CaptionTokenizer all = this;
    for (Network encoder : encoders) {
      all = all.withTokens(encoder, tokens);
    }
    return all;
  }

  /** As {@link #withTokens(List)}, where one encoder alone knows them. */
  public CaptionTokenizer withTokens(Network encoder, List<String> tokens) {
    List<ClipTokenizer> changed = new ArrayList<>(tokenizers);
    changed.set(encoders.indexOf(encoder), of(encoder).withTokens(tokens));
    return new CaptionTokenizer(encoders, changed, pieces);
  }
}
