package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.sparklora.tensor.Ops;

/** Two convolutions with the time embedding between them, and a shortcut around both. */
public final class ResnetBlock2D {
  /**
   * Settings that the blocks of a network share.
   *
   * @param timeChannels width of the time embedding; 0 for none (autoencoders)
   * @param scaleShift whether time scales and shifts after the norm instead of being added before
   * @param outputScale divisor of the sum of both branches
   */
  public record Settings(
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
  private final boolean scaleShift;

  public ResnetBlock2D(Layers layers, int in, int out, Settings settings) {
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
    this.scaleShift = settings.scaleShift();
    this.attrs =
        ops.attrs(
            settings.groups(),
            settings.eps(),
            settings.activation().code(),
            settings.outputScale(),
            settings.scaleShift() ? 1 : 0);
  }

  public Stage.Body stage() {
    return (tape, in, values, conditions) -> {
      NDArray time = conditions.timeEmbedding();
      List<NDArray> inputs = new ArrayList<>(values);
      if (tape.hasGradient(time)) {
        inputs.add(time);
      }
      return tape.apply(in, block(values.size(), time), inputs);
    };
  }

  /**
   * The block with a given time embedding.
   *
   * @param pictures number of the block's inputs that are pictures
   * @param time {@code [batch, timeChannels]}
   */
  Block block(int pictures, NDArray time) {
    return new Timed(pictures, time);
  }

  /**
   * The block with a given time embedding. If the time embedding has a gradient, it is an input
   * after the pictures.
   */
  private final class Timed implements Block {
    private final int pictures;
    private final NDArray time;

    Timed(int pictures, NDArray time) {
      this.pictures = pictures;
      this.time = time;
    }

    @Override
    public NDArray forward(NDManager scope, List<NDArray> inputs) {
      return ResnetBlock2D.this.forward(
          scope,
          inputs.subList(0, pictures),
          inputs.size() == pictures ? time : inputs.get(pictures));
    }

    @Override
    public boolean isTrained() {
      return layers().anyMatch(Layer::isAdapted);
    }

    @Override
    public Optional<ByHand> byHand(List<Boolean> wanted) {
      boolean known = wanted.size() == pictures && !scaleShift;
      return known ? Optional.of(new Derivative(time)) : Optional.empty();
    }
  }

  /** The layers that may have an adapter, in the order of the block's gradients. */
  private Stream<Layer> layers() {
    return Stream.of(conv1, timeEmbProj, conv2, convShortcut);
  }

  /** The derivative for a time embedding without a gradient. */
  private final class Derivative implements Block.ByHand {
    private final NDArray time;

    Derivative(NDArray time) {
      this.time = time;
    }

    @Override
    public NDList forward(NDManager scope, List<NDArray> inputs) {
      return ops.callForList(scope, "resnet_block_kept", arguments(inputs, time));
    }

    @Override
    public NDList backward(
        NDManager scope, NDArray upstream, List<NDArray> inputs, List<NDArray> kept) {
      return ops.callForList(
          scope,
          "resnet_block_backward",
          Ops.of(upstream),
          Ops.of(inputs),
          Ops.of(kept),
          Ops.of(List.of(time)),
          norm1.argument(),
          conv1.argument(),
          timeEmbProj.argument(),
          norm2.argument(),
          conv2.argument(),
          convShortcut.argument(),
          Ops.of(attrs));
    }

    @Override
    public List<NDArray> leaves() {
      return layers().flatMap(layer -> layer.leaves().stream()).toList();
    }
  }

  /**
   * Computes the block without a tape.
   *
   * @param inputs {@code [batch, c, h, w]}, concatenated by channel when several
   * @param timeEmbedding {@code [batch, timeChannels]}, or {@link Ops#none()}
   */
  public NDArray forward(NDManager scope, List<NDArray> inputs, NDArray timeEmbedding) {
    return ops.call(scope, "resnet_block", arguments(inputs, timeEmbedding));
  }

  private Ops.Argument[] arguments(List<NDArray> inputs, NDArray timeEmbedding) {
    return new Ops.Argument[] {
      Ops.of(inputs),
      Ops.of(List.of(timeEmbedding)),
      norm1.argument(),
      conv1.argument(),
      timeEmbProj.argument(),
      norm2.argument(),
      conv2.argument(),
      convShortcut.argument(),
      Ops.of(attrs)
    };
  }
}
