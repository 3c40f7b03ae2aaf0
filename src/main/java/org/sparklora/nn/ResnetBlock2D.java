package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.sparklora.tensor.Ops;

/** Two convolutions with the time embedding between them, and a shortcut around both. */
final class ResnetBlock2D {
  /**
   * Settings that the blocks of a network share.
   *
   * @param timeChannels width of the time embedding; 0 for none (autoencoders)
   * @param scaleShift whether time scales and shifts after the norm instead of being added before
   * @param outputScale what the sum of both branches is divided by
   */
  record Settings(
      int timeChannels,
      int groups,
      double eps,
      Activation activation,
      boolean scaleShift,
      double outputScale) {}

  private final Ops ops;
  private final Layer norm1;
  private final Layer conv1;
  private final Layer timeEmbProj;
  private final Layer norm2;
  private final Layer conv2;
  private final Layer convShortcut;
  private final NDArray attrs;

  ResnetBlock2D(Layers layers, int in, int out, Settings settings) {
    this.ops = layers.ops();
    this.norm1 = layers.norm("norm1", in);
    this.conv1 = layers.conv("conv1", in, out, 3, true);
    this.timeEmbProj =
        settings.timeChannels() == 0
            ? layers.absent()
            : layers.linear(
                "time_emb_proj",
                settings.timeChannels(),
                settings.scaleShift() ? 2L * out : out,
                true);
    this.norm2 = layers.norm("norm2", out);
    this.conv2 = layers.conv("conv2", out, out, 3, true);
    this.convShortcut =
        in == out ? layers.absent() : layers.conv("conv_shortcut", in, out, 1, true);
    this.attrs =
        ops.attrs(
            settings.groups(),
            settings.eps(),
            settings.activation().code(),
            settings.outputScale(),
            settings.scaleShift() ? 1 : 0);
  }

  Stage.Body stage() {
    return (scope, values, conditions) -> forward(scope, values, conditions.timeEmbedding());
  }

  /**
   * @param inputs {@code [batch, c, h, w]}, concatenated by channel when several
   * @param timeEmbedding {@code [batch, timeChannels]}, or {@link Ops#none()}
   */
  NDArray forward(NDManager scope, List<NDArray> inputs, NDArray timeEmbedding) {
    return ops.call(
        scope,
        "resnet_block",
        Ops.of(inputs),
        Ops.of(List.of(timeEmbedding)),
        norm1.argument(),
        conv1.argument(),
        timeEmbProj.argument(),
        norm2.argument(),
        conv2.argument(),
        convShortcut.argument(),
        Ops.of(attrs));
  }
}
