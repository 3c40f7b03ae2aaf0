package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.sparklora.tensor.Ops;

/** Doubles a feature map by nearest neighbour, then applies a convolution. */
public final class Upsample2D {
  private final Ops ops;
  private final Layer conv;

  public Upsample2D(Layers layers, String name, int channels, boolean bias) {
    this.ops = layers.ops();
    this.conv = layers.conv(name, channels, channels, 3, bias);
  }

  /** As {@link #forward}. */
  public Block block(NDArray like) {
    return new PictureBlock(
        conv,
        (scope, x) -> forward(scope, x, like),
        (scope, upstream, inputs) ->
            ops.callForList(
                scope, "upsample_backward", Ops.of(upstream), Ops.of(inputs), conv.argument()));
  }

  /**
   * Doubles height and width, then convolves.
   *
   * @param like a feature map of the wanted size, if that is one less than twice the input's;
   *     otherwise {@link Ops#none()}
   */
  public NDArray forward(NDManager scope, NDArray x, NDArray like) {
    return ops.call(scope, "upsample", Ops.of(x), Ops.of(List.of(like)), conv.argument());
  }
}
