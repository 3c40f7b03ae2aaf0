package org.sparklora.nn.attention;

import java.util.List;
import org.sparklora.nn.AdaptedBlock;
import org.sparklora.nn.Block;
import org.sparklora.nn.Layer;
import org.sparklora.nn.Layers;
import org.sparklora.tensor.Ops;

/** GEGLU feed-forward of a transformer block with its layer norm and residual. */
public final class FeedForward {
  private static final int EXPANSION = 4;

  private final Ops ops;
  private final Layer norm;
  private final Layer proj;
  private final Layer out;

  public FeedForward(Layers layers, String norm, int channels) {
    this.ops = layers.ops();
    this.norm = layers.norm(norm, channels);
    int inner = EXPANSION * channels;
    this.proj = layers.linear("ff.net.0.proj", channels, 2L * inner, true);
    this.out = layers.linear("ff.net.2", inner, channels, true);
  }

  /** The block, whose input is {@code [batch, tokens, channels]}. */
  public Block block() {
    return new AdaptedBlock(
        ops,
        "feed_forward",
        List.of(proj, out),
        () -> List.of(norm.argument(), proj.argument(), out.argument()),
        true);
  }
}
