package org.sparklora.nn.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.sparklora.nn.Layer;
import org.sparklora.nn.Layers;
import org.sparklora.tensor.Ops;

/** Causal self-attention and a perceptron, each after a layer norm and around a residual. */
final class ClipEncoderLayer {
  private final Ops ops;
  private final Layer layerNorm1;
  private final Layer qProj;
  private final Layer kProj;
  private final Layer vProj;
  private final Layer outProj;
  private final Layer layerNorm2;
  private final Layer fc1;
  private final Layer fc2;
  private final NDArray attention;
  private final NDArray attrs;

  ClipEncoderLayer(Layers layers, ClipTextConfig config) {
    this.ops = layers.ops();
    int width = config.hiddenSize();
    int heads = config.numAttentionHeads();
    int headWidth = width / heads;
    Layers self = layers.at("self_attn");
    this.layerNorm1 = layers.norm("layer_norm1", width);
    this.qProj = self.linear("q_proj", width, width, true);
    this.kProj = self.linear("k_proj", width, width, true);
    this.vProj = self.linear("v_proj", width, width, true);
    this.outProj = self.linear("out_proj", width, width, true);
    this.layerNorm2 = layers.norm("layer_norm2", width);
    this.fc1 = layers.linear("mlp.fc1", width, config.intermediateSize(), true);
    this.fc2 = layers.linear("mlp.fc2", config.intermediateSize(), width, true);
    this.attention = layers.causalAttention(heads, 1 / Math.sqrt(headWidth));
    this.attrs = ops.attrs(config.layerNormEps(), config.hiddenActivation().code());
  }

  NDArray forward(NDManager scope, NDArray hidden) {
    return ops.call(
        scope,
        "clip_layer",
        Ops.of(hidden),
        layerNorm1.argument(),
        qProj.argument(),
        kProj.argument(),
        vProj.argument(),
        outProj.argument(),
        layerNorm2.argument(),
        fc1.argument(),
        fc2.argument(),
        Ops.of(attention),
        Ops.of(attrs));
  }
}
