package org.sparklora.nn.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sparklora.nn.Layer;
import org.sparklora.nn.Layers;
import org.sparklora.tensor.Ops;

/**
 * CLIP's text encoder, as transformers' {@code CLIPTextModel}, or {@code
 * CLIPTextModelWithProjection} where the configuration has a projection.
 */
public final class ClipTextModel {
  private final Ops ops;
  private final ClipTextConfig config;
  private final Layer tokenEmbedding;
  private final Layer positionEmbedding;
  private final List<ClipEncoderLayer> encoderLayers = new ArrayList<>();
  private final Layer finalLayerNorm;
  private final Optional<Layer> textProjection;
  private final NDArray normAttrs;
  private final Map<String, Layer> layers;
  private Optional<LearnedRows> learned = Optional.empty();

  /** Rows of the token embedding outside its table, for all ids from the first learned one on. */
  private record LearnedRows(NDArray rows, NDArray attrs) {}

  public ClipTextModel(ClipTextConfig config, Layers root) {
    this.ops = root.ops();
    this.config = config;
    Layers text = root.at("text_model");
    int width = config.hiddenSize();
    this.tokenEmbedding = text.embedding("embeddings.token_embedding", config.vocabSize(), width);
    this.positionEmbedding =
        text.embedding("embeddings.position_embedding", config.maxPositionEmbeddings(), width);
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      encoderLayers.add(new ClipEncoderLayer(text.at("encoder.layers." + i), config));
    }
    this.finalLayerNorm = text.norm("final_layer_norm", width);
    this.textProjection =
        config.projectionDim().isPresent()
            ? Optional.of(
                root.linear("text_projection", width, config.projectionDim().getAsInt(), false))
            : Optional.empty();
    this.normAttrs = ops.attrs(config.layerNormEps());
    this.layers = Map.copyOf(root.adaptable());
  }

  public ClipTextConfig config() {
    return config;
  }

  /** The linear layers that can have an adapter, by name. */
  public Map<String, Layer> layers() {
    return layers;
  }

  /**
   * Puts rows into the token embedding, and drops rows after them.
   *
   * @param at index of the first row: the number of known tokens
   * @param rows {@code [n][hiddenSize]}
   */
  public void setTokenRows(int at, float[][] rows) {
    int width = config.hiddenSize();
    float[] flat = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * width, width);
    }
    NDArray table = tokenEmbedding.weight();
    try (NDManager scope = table.getManager().newSubManager()) {
      NDArray added = scope.create(flat, new Shape(rows.length, width));
      tokenEmbedding.replaceWeight(
          ops.call(
              table.getManager(),
              "with_rows",
              Ops.of(table),
              Ops.of(added),
              Ops.of(ops.attrs(at))));
    }
  }

  /**
   * Uses rows for the tokens from an id on, until {@link #forgetRows}. The table does not change.
   *
   * @param at the first row's id, not above the size of the table
   * @param rows {@code [n, hiddenSize]}, fp32; a leaf of autograd if they are trained: results
   *     under {@link Ops#recordGradients} then have a gradient with respect to them
   */
  public void learnRows(int at, NDArray rows) {
    forgetRows();
    learned = Optional.of(new LearnedRows(rows, ops.attrs(at)));
  }

  /** Drops the rows of {@link #learnRows}, so that only the table is used. */
  public void forgetRows() {
    learned.ifPresent(last -> last.attrs().close());
    learned = Optional.empty();
  }

  private NDArray embeddings(NDManager scope, NDArray ids) {
    List<NDArray> token = new ArrayList<>(List.of(tokenEmbedding.weight()));
    learned.ifPresent(last -> token.add(last.rows()));
    return ops.call(
        scope,
        "clip_embeddings",
        Ops.of(ids),
        Ops.of(token),
        positionEmbedding.argument(),
        Ops.of(learned.map(LearnedRows::attrs).orElse(normAttrs)));
  }

  /**
   * The hidden states that the UNet attends to.
   *
   * @param ids token ids {@code [batch, words]}, int64
   * @param clipSkip number of last layers to leave out; 0 for the whole network
   * @return {@code [batch, words, hiddenSize]} after the final layer norm, compute type
   */
  public NDArray hiddenStates(NDManager scope, NDArray ids, int clipSkip) {
    NDArray h = embeddings(scope, ids);
    for (ClipEncoderLayer layer : encoderLayers.subList(0, encoderLayers.size() - clipSkip)) {
      h = layer.forward(scope, h);
    }
    return ops.call(scope, "layer_norm", Ops.of(h), finalLayerNorm.argument(), Ops.of(normAttrs));
  }

  /**
   * The hidden states of a layer before the last, without the final norm, and, where the model has
   * a projection, the pooled text. These are the inputs of SDXL's UNet.
   *
   * @param ids token ids {@code [batch, words]}, int64
   * @param skipped how many of the last layers the hidden states are taken before, at least 1; the
   *     pooled text goes through all
   * @param ends position of each text's end
   */
  public EncodedText encode(NDManager scope, NDArray ids, int skipped, long[] ends) {
    int last = encoderLayers.size();
    NDArray h = embeddings(scope, ids);
    for (ClipEncoderLayer layer : encoderLayers.subList(0, last - skipped)) {
      h = layer.forward(scope, h);
    }
    NDArray states = h;
    if (textProjection.isEmpty()) {
      return new EncodedText(states, Optional.empty());
    }
    for (ClipEncoderLayer layer : encoderLayers.subList(last - skipped, last)) {
      h = layer.forward(scope, h);
    }
    NDArray normed =
        ops.call(scope, "layer_norm", Ops.of(h), finalLayerNorm.argument(), Ops.of(normAttrs));
    NDArray pooled = ops.call(scope, "pooled", Ops.of(normed), Ops.of(scope.create(ends)));
    return new EncodedText(
        states,
        Optional.of(
            ops.call(scope, "linear", Ops.of(pooled), textProjection.orElseThrow().argument())));
  }

  /**
   * The hidden state at each text's end.
   *
   * @param hiddenStates {@code [batch, words, hiddenSize]} of the whole network
   * @param ids token ids from which they were computed, {@code batch} rows
   * @return {@code [batch, hiddenSize]}
   */
  public NDArray pooled(NDManager scope, NDArray hiddenStates, long[][] ids) {
    long[] ends = new long[ids.length];
    for (int row = 0; row < ids.length; row++) {
      ends[row] = end(ids[row]);
    }
    NDArray at = scope.create(ends);
    return ops.call(scope, "pooled", Ops.of(hiddenStates), Ops.of(at));
  }

  private int end(long[] ids) {
    int at = 0;
    for (int i = 0; i < ids.length; i++) {
      if (config.eosTokenId() == 2 ? ids[i] > ids[at] : ids[i] == config.eosTokenId()) {
        at = i;
        if (config.eosTokenId() != 2) {
          break;
        }
      }
    }
    return at;
  }
}
