package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.sparklora.tensor.Ops;

/** A plain convolution. */
public final class Convolution {
  private final Ops ops;
  private final Layer layer;
  private final NDArray attrs;

  private Convolution(Ops ops, Layer layer, int stride, int padding) {
    this.ops = ops;
    this.layer = layer;
    this.attrs = ops.attrs(stride, padding);
  }

  /** A convolution with an odd kernel that keeps the picture's size. */
  public static Convolution same(
      Layers layers, String name, int in, int out, int kernel, boolean bias) {
    Layer layer = layers.conv(name, in, out, kernel, bias);
    return new Convolution(layers.ops(), layer, 1, (kernel - 1) / 2);
  }

  /** A 3x3 convolution that halves the picture. */
  public static Convolution halving(Layers layers, String name, int in, int out, boolean bias) {
    return new Convolution(layers.ops(), layers.conv(name, in, out, 3, bias), 2, 1);
  }

  /** The convolution as a block whose input needs no gradient. */
  public Block block() {
    return new Block() {
      @Override
      public NDArray forward(NDManager scope, List<NDArray> inputs) {
        return Convolution.this.forward(scope, inputs.get(0));
      }

      @Override
      public boolean isTrained() {
        return layer.isAdapted();
      }
    };
  }

  public NDArray forward(NDManager scope, NDArray x) {
    return ops.call(scope, "convolution", Ops.of(x), layer.argument(), Ops.of(attrs));
  }
}
