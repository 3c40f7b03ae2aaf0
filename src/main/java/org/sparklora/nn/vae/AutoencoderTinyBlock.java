package org.sparklora.nn.vae;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.sparklora.nn.Activation;
import org.sparklora.nn.Layer;
import org.sparklora.nn.Layers;
import org.sparklora.tensor.Ops;

/** Three convolutions and a residual. */
final class AutoencoderTinyBlock {
  private final Ops ops;
  private final Layer conv0;
  private final Layer conv2;
  private final Layer conv4;
  private final NDArray attrs;

  AutoencoderTinyBlock(Layers layers, int channels, Activation activation) {
    this.ops = layers.ops();
    this.conv0 = layers.conv("conv.0", channels, channels, 3, true);
    this.conv2 = layers.conv("conv.2", channels, channels, 3, true);
    this.conv4 = layers.conv("conv.4", channels, channels, 3, true);
    this.attrs = ops.attrs(activation.code());
  }

  NDArray forward(NDManager scope, NDArray x) {
    return ops.call(
        scope,
        "tiny_block",
        Ops.of(x),
        conv0.argument(),
        conv2.argument(),
        conv4.argument(),
        Ops.of(attrs));
  }
}
