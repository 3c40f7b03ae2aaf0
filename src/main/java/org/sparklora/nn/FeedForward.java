package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.sparklora.tensor.Ops;

/** GEGLU feed-forward of a transformer block with its layer norm and residual. */
final class FeedForward {
  private static final int EXPANSION = 4;

  private final Ops ops;
  private final Layer norm;
  private final Layer proj;
  private final Layer out;

  FeedForward(Layers layers, String norm, int channels) {
    this.ops = layers.ops();
    this.norm = layers.norm(norm, channels);
    int inner = EXPANSION * channels;
    this.proj = layers.linear("ff.net.0.proj", channels, 2L * inner, true);
    this.out = layers.linear("ff.net.2", inner, channels, true);
  }

  /**
   * @param hidden {@code [batch, tokens, channels]}
   */
  NDArray forward(NDManager scope, NDArray hidden) {
    return ops.call(
        scope, "feed_forward", Ops.of(hidden), norm.argument(), proj.argument(), out.argument());
  }
}
