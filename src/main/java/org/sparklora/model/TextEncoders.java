package org.sparklora.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.tokenizer.ClipTokenizer;
import org.sparklora.nn.Layer;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.tensor.Ops;

/**
 * A base model's text encoders, which turn captions into the UNet's inputs. A caption's token ids
 * are those for each encoder, one after the other, as {@link CaptionTokenizer} makes them.
 */
public final class TextEncoders {
  private final Ops ops;
  private final ModelFamily family;
  private final List<Part> parts;

  /**
   * An encoder.
   *
   * @param length how many ids it reads
   * @param endOfText the id that ends a text
   */
  private record Part(Network network, ClipTextModel model, int length, int endOfText) {
    EncodedText encode(NDManager scope, long[][] rows, int skipped) {
      long[] ends = new long[rows.length];
      for (int row = 0; row < rows.length; row++) {
        ends[row] = end(rows[row]);
      }
      return model.encode(scope, tokens(scope, rows), skipped, ends);
    }

    /**
     * Returns the position of the first end token, because a tokenizer may pad with the same id. A
     * piece of a long caption has none if its last word has the id of the padding. Then its begin
     * counts, as in kohya's scripts.
     */
    private int end(long[] ids) {
      for (int i = 0; i < ids.length; i++) {
        if (ids[i] == endOfText) {
          return i;
        }
      }
      return 0;
    }

    NDArray tokens(NDManager scope, long[][] rows) {
      long[] all = Arrays.stream(rows).flatMapToLong(Arrays::stream).toArray();
      return scope.create(all, new Shape(rows.length, length));
    }
  }

  private TextEncoders(Ops ops, ModelFamily family, List<Part> parts) {
    this.ops = ops;
    this.family = family;
    this.parts = parts;
  }

  static TextEncoders load(ModelFolder folder, Ops ops, Function<Network, ClipTextModel> encoder) {
    ModelFamily family = ModelFamily.of(folder);
    List<Part> parts = new ArrayList<>();
    for (Network network : family.textEncoders()) {
      ClipTokenizer tokenizer = ClipTokenizer.load(folder, network.tokenizer());
      parts.add(
          new Part(network, encoder.apply(network), tokenizer.length(), tokenizer.endOfText()));
    }
    return new TextEncoders(ops, family, parts);
  }

  public ModelFamily family() {
    return family;
  }

  /** Returns the text encoder of a network. */
  public ClipTextModel model(Network network) {
    return parts.stream()
        .filter(part -> part.network() == network)
        .findFirst()
        .orElseThrow()
        .model();
  }

  /** Every encoder's linear layers by name. */
  public Map<Network, Map<String, Layer>> layers() {
    Map<Network, Map<String, Layer>> layers = new EnumMap<>(Network.class);
    parts.forEach(part -> layers.put(part.network(), part.model().layers()));
    return layers;
  }

  /**
   * Encodes captions. The pieces of a caption are encoded alone, and their hidden states are joined
   * as kohya's sd-scripts join them: those of the first begin, of what is between begin and end of
   * each piece, and of the last end. The pooled text is that of the first piece.
   *
   * @param captions token ids, those of each encoder one after the other
   * @param clipSkip how many of the last layers that the family uses are left out
   * @return in fp32
   */
  public EncodedText encode(NDManager scope, List<int[]> captions, int clipSkip) {
    int pieces = captions.get(0).length / parts.stream().mapToInt(Part::length).sum();
    if (!family.hasAddedConditions()) {
      Part only = parts.get(0);
      NDArray tokens = only.tokens(scope, rows(captions, 0, only.length(), pieces));
      return EncodedText.of(
          joined(scope, only.model().hiddenStates(scope, tokens, clipSkip), pieces));
    }
    List<NDArray> states = new ArrayList<>();
    Optional<NDArray> pooled = Optional.empty();
    int from = 0;
    for (Part part : parts) {
      long[][] rows = rows(captions, from, part.length(), pieces);
      EncodedText text = part.encode(scope, rows, 1 + clipSkip);
      states.add(joined(scope, text.states(), pieces));
      pooled = text.pooled();
      from += pieces * part.length();
    }
    return new EncodedText(
        ops.call(scope, "side_by_side", Ops.of(states)),
        pooled.map(each -> pieces == 1 ? each : call(scope, "first_pieces", each, pieces)));
  }

  private NDArray joined(NDManager scope, NDArray states, int pieces) {
    return pieces == 1 ? states : call(scope, "join_pieces", states, pieces);
  }

  private NDArray call(NDManager scope, String op, NDArray of, int pieces) {
    return ops.call(scope, op, Ops.of(of), Ops.of(ops.attrs(pieces)));
  }

  /** A row for each piece of each caption. */
  private static long[][] rows(List<int[]> captions, int from, int length, int pieces) {
    return captions.stream()
        .flatMap(
            ids ->
                IntStream.range(0, pieces)
                    .map(piece -> from + piece * length)
                    .mapToObj(at -> Arrays.stream(ids, at, at + length).asLongStream().toArray()))
        .toArray(long[][]::new);
  }
}
