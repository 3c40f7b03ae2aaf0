package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.sparklora.tensor.Ops;

/** Halves a feature map by a convolution of stride 2; padding 0 pads right and bottom by one. */
public final class Downsample2D {
  private final Ops ops;
  private final Layer conv;
  private final NDArray attrs;

  public Downsample2D(Layers layers, int channels, int padding) {
    this.ops = layers.ops();
    this.conv = layers.conv("conv", channels, channels, 3, true);
    this.attrs = ops.attrs(padding);
  }

  public Block block() {
    return new PictureBlock(
        conv,
        this::forward,
        (scope, upstream, inputs) ->
            ops.callForList(
                scope,
                "downsample_backward",
                Ops.of(upstream),
                Ops.of(inputs),
                conv.argument(),
                Ops.of(attrs)));
  }

  public NDArray forward(NDManager scope, NDArray x) {
    return ops.call(scope, "downsample", Ops.of(x), conv.argument(), Ops.of(attrs));
  }
}
