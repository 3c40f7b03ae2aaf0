package org.sparklora.nn.attention;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.sparklora.nn.AdaptedBlock;
import org.sparklora.nn.Block;
import org.sparklora.nn.Layer;
import org.sparklora.nn.Layers;
import org.sparklora.tensor.Ops;

/**
 * The projections at a transformer's input and output: {@code proj_in} turns the pixels of a
 * feature map into tokens, and {@code proj_out} turns tokens back into a feature map. Both are
 * linear layers or 1 x 1 convolutions.
 */
public final class TokenProjections {
  private static final double NORM_EPS = 1e-6;

  private TokenProjections() {}

  /**
   * Makes {@code norm} and {@code proj_in}: from {@code [batch, channels, height, width]} to {@code
   * [batch, height * width, inner]}.
   *
   * @param groups of the norm
   * @param linear whether the projection is a linear layer
   */
  public static Block in(Layers layers, int channels, int inner, int groups, boolean linear) {
    Ops ops = layers.ops();
    Layer norm = layers.norm("norm", channels);
    Layer projIn = projection(layers, "proj_in", channels, inner, linear);
    NDArray attrs = ops.attrs(groups, NORM_EPS);
    return new AdaptedBlock(
        ops,
        "transformer_in",
        List.of(projIn),
        () -> List.of(norm.argument(), projIn.argument(), Ops.of(attrs)),
        false);
  }

  /**
   * Makes {@code proj_out} with the residual: the block's inputs are the tokens and the feature map
   * that they were made of, and its output is the sum of that feature map and the projected tokens.
   *
   * @param linear whether the projection is a linear layer
   */
  public static Block out(Layers layers, int inner, int channels, boolean linear) {
    Layer projOut = projection(layers, "proj_out", inner, channels, linear);
    return new AdaptedBlock(
        layers.ops(),
        "transformer_out",
        List.of(projOut),
        () -> List.of(projOut.argument()),
        false);
  }

  private static Layer projection(Layers layers, String name, int in, int out, boolean linear) {
    return linear ? layers.linear(name, in, out, true) : layers.conv(name, in, out, 1, true);
  }
}
