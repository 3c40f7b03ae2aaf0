package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.sparklora.tensor.Ops;

/** The end of a network: {@code conv_norm_out}, activation, {@code conv_out}. */
public final class NormActConv {
  private final Ops ops;
  private final Layer norm;
  private final Layer conv;
  private final NDArray attrs;

  public NormActConv(
      Layers layers, int in, int out, int kernel, int groups, double eps, Activation activation) {
    this.ops = layers.ops();
    this.norm = layers.norm("conv_norm_out", in);
    this.conv = layers.conv("conv_out", in, out, kernel, true);
    int padding = (kernel - 1) / 2;
    this.attrs = ops.attrs(groups, eps, activation.code(), padding);
  }

  public Block block() {
    return new PictureBlock(
        conv,
        this::forward,
        (scope, upstream, inputs) ->
            ops.callForList(
                scope,
                "norm_act_conv_backward",
                Ops.of(upstream),
                Ops.of(inputs),
                norm.argument(),
                conv.argument(),
                Ops.of(attrs)));
  }

  public NDArray forward(NDManager scope, NDArray x) {
    return ops.call(
        scope, "norm_act_conv", Ops.of(x), norm.argument(), conv.argument(), Ops.of(attrs));
  }
}
