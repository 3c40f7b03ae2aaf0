package org.sparklora.nn.unet;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sparklora.nn.Block;
import org.sparklora.nn.Convolution;
import org.sparklora.nn.EncoderStates;
import org.sparklora.nn.Layer;
import org.sparklora.nn.Layers;
import org.sparklora.nn.NormActConv;
import org.sparklora.nn.ResnetBlock2D;
import org.sparklora.nn.Stage;
import org.sparklora.nn.Stages;
import org.sparklora.nn.Tape;
import org.sparklora.nn.attention.Transformer2DModel;
import org.sparklora.tensor.Ops;

/**
 * The denoising network of Stable Diffusion 1.x, 2.x and XL, and of models that were distilled from
 * them.
 */
public final class UNet2DConditionModel {
  /**
   * The layer that takes the guidance scale. Training passes no scale, so the layer has no
   * gradient.
   */
  public static final String GUIDANCE_LAYER = "time_embedding.cond_proj";

  private final Ops ops;
  private final UNetConfig config;
  private final Layer timeCondition;
  private final Layer timeLinear1;
  private final Layer timeLinear2;
  private final Optional<AddedEmbedding> added;
  private final NDArray nothingAdded;
  private final List<Stage> stages;
  private final int[] lastUse;
  private final Map<String, Layer> layers;
  private final NDArray timeAttrs;

  public UNet2DConditionModel(UNetConfig config, Layers layers) {
    this.ops = layers.ops();
    this.config = config;
    List<UNetConfig.Block> blocks = config.blocks();
    int finest = blocks.get(0).channels();
    int time = config.timeEmbeddingDim();
    Stages chain = new Stages();
    Convolution convIn =
        Convolution.same(
            layers, "conv_in", config.inChannels(), finest, config.convInKernel(), true);
    Block first = convIn.block();
    chain.add((tape, in, values, given) -> tape.apply(in, first, values));
    chain.keepSkip();
    this.timeCondition =
        config.takesGuidance()
            ? layers.linear(GUIDANCE_LAYER, config.timeConditionDim(), finest, false)
            : layers.absent();
    this.timeLinear1 = layers.linear("time_embedding.linear_1", finest, time, true);
    this.timeLinear2 = layers.linear("time_embedding.linear_2", time, time, true);
    this.nothingAdded = ops.newNone();
    this.added = config.added().map(dims -> AddedEmbedding.of(layers, config, dims));
    this.timeAttrs =
        ops.attrs(
            finest,
            config.flipSinToCos() ? 1 : 0,
            config.freqShift(),
            config.activation().code(),
            config.timestepPostActivation().code(),
            config.timeEmbeddingActivation().code());

    int last = blocks.size() - 1;
    for (int i = 0; i <= last; i++) {
      new DownBlock2D(
              layers.at("down_blocks." + i),
              blocks.get(Math.max(i - 1, 0)).channels(),
              blocks.get(i),
              resnet(1.0),
              transformer(blocks.get(i), blocks.get(i).onlyCrossAttention()),
              i == last ? Optional.empty() : Optional.of(config.downsamplePadding()))
          .addTo(chain);
    }
    UNetConfig.Block coarsest = blocks.get(last);
    if (config.midTransformerLayers().isPresent()) {
      new UNetMidBlock2D(
              layers.at("mid_block"),
              coarsest.channels(),
              config.midTransformerLayers().getAsInt(),
              resnet(config.midBlockScaleFactor()),
              transformer(coarsest, false))
          .addTo(chain);
    }
    for (int i = 0; i <= last; i++) {
      UNetConfig.Block block = blocks.get(last - i);
      new UpBlock2D(
              layers.at("up_blocks." + i),
              blocks.get(Math.min(last - i + 1, last)).channels(),
              blocks.get(Math.max(last - i - 1, 0)).channels(),
              block,
              resnet(1.0),
              transformer(block, block.onlyCrossAttention()),
              i < last)
          .addTo(chain);
    }
    NormActConv convOut =
        new NormActConv(
            layers,
            finest,
            config.outChannels(),
            config.convOutKernel(),
            config.normNumGroups(),
            config.normEps(),
            config.activation());
    Block end = convOut.block();
    chain.add((tape, in, values, given) -> tape.apply(in, end, values));
    this.stages = chain.toList();
    this.lastUse = new int[stages.size() + 1];
    for (int k = 0; k < stages.size(); k++) {
      for (int v : stages.get(k).inputs()) {
        lastUse[v] = k;
      }
    }
    this.layers = Map.copyOf(layers.adaptable());
  }

  private ResnetBlock2D.Settings resnet(double outputScale) {
    return new ResnetBlock2D.Settings(
        config.timeEmbeddingDim(),
        config.normNumGroups(),
        config.normEps(),
        config.activation(),
        config.scaleShift(),
        outputScale);
  }

  private Transformer2DModel.Settings transformer(UNetConfig.Block block, boolean onlyCross) {
    return new Transformer2DModel.Settings(
        block.heads(),
        block.crossAttentionDim(),
        config.normNumGroups(),
        config.useLinearProjection(),
        onlyCross,
        config.upcastAttention(),
        config.crossAttention());
  }

  public UNetConfig config() {
    return config;
  }

  /** The linear and convolution layers that can have an adapter, by name. */
  public Map<String, Layer> layers() {
    return layers;
  }

  /**
   * Predicts noise, velocity or the clean latents, whichever the base model was trained for.
   *
   * @param scope owner of the result and of all arrays that are kept for backward
   * @param sample {@code [batch, inChannels, h, w]}, compute type
   * @param timesteps {@code [batch]}, int64 or fp32
   * @param context the text's hidden states {@code [batch, words, crossAttentionDim]}, compute type
   * @return {@code [batch, outChannels, h, w]}, compute type
   * @throws IllegalArgumentException for a model that also takes {@link AddedConditions}
   */
  public NDArray forward(NDManager scope, NDArray sample, NDArray timesteps, NDArray context) {
    return forward(scope, sample, timesteps, Conditions.of(context));
  }

  /**
   * As {@link #forward(NDManager, NDArray, NDArray, NDArray)}, with all conditions that the model
   * takes.
   *
   * @throws IllegalArgumentException if {@link AddedConditions} are given to a model that takes
   *     none, or are missing for one that takes them
   */
  public NDArray forward(
      NDManager scope, NDArray sample, NDArray timesteps, Conditions conditions) {
    return forward(Tape.off(ops, scope), scope, sample, timesteps, conditions);
  }

  /**
   * As {@link #forward(NDManager, NDArray, NDArray, NDArray)}, for a model that {@link
   * UNetConfig#takesGuidance() takes the guidance scale}. Its predictions already include
   * classifier-free guidance. The network embeds {@code guidanceScale - 1}.
   *
   * @param guidanceScale 1 for none
   */
  public NDArray guided(
      NDManager scope,
      NDArray sample,
      NDArray timesteps,
      Conditions conditions,
      double guidanceScale) {
    float[] scales = new float[Math.toIntExact(sample.getShape().get(0))];
    Arrays.fill(scales, (float) (guidanceScale - 1));
    NDArray condition =
        ops.call(
            scope,
            "guidance_embedding",
            Ops.of(scope.create(scales)),
            Ops.of(sample),
            Ops.of(ops.attrs(config.timeConditionDim())));
    return forward(
        Tape.off(ops, scope),
        scope,
        new Time(sample, timesteps, condition, conditions.added()),
        new EncoderStates(conditions.context(), ops.none()));
  }

  /**
   * As {@link #forward(NDManager, NDArray, NDArray, NDArray)}, with a backward pass. A model that
   * takes the guidance scale gets none, as in diffusers' training scripts.
   *
   * @param scope owner of the result
   */
  public NDArray forward(
      Tape tape, NDManager scope, NDArray sample, NDArray timesteps, Conditions conditions) {
    return forward(
        tape,
        scope,
        new Time(sample, timesteps, ops.none(), conditions.added()),
        new EncoderStates(conditions.context(), ops.none()));
  }

  private NDArray forward(Tape tape, NDManager scope, Time given, EncoderStates text) {
    requireAdded(given);
    List<NDArray> pooled = given.added().map(told -> List.of(told.pooled())).orElse(List.of());
    NDArray time = tape.apply(scope, new TimeEmbedding(given), pooled);
    Stage.Conditions conditions = new Stage.Conditions(time, text);
    NDArray[] values = new NDArray[stages.size() + 1];
    values[0] = input(scope, given.sample());
    for (int k = 0; k < stages.size(); k++) {
      values[k + 1] = stages.get(k).forward(tape, scope, v -> values[v], conditions);
      for (int v : stages.get(k).inputs()) {
        if (v > 0 && lastUse[v] == k && !tape.keeps(values[v])) {
          values[v].close();
        }
      }
    }
    return values[stages.size()];
  }

  /**
   * The inputs of the time embedding.
   *
   * @param condition {@code [batch, timeConditionDim]}, or {@link Ops#none()}
   */
  private record Time(
      NDArray sample, NDArray timesteps, NDArray condition, Optional<AddedConditions> added) {}

  private void requireAdded(Time given) {
    if (given.added().isPresent() != added.isPresent()) {
      throw new IllegalArgumentException(
          added.isPresent()
              ? "a pooled text and the sizes of the picture are needed"
              : "the model takes no pooled text and no sizes");
    }
  }

  /**
   * The embedding of a batch's timesteps, with the pooled text, which may have a gradient, and the
   * picture's sizes where the model takes them. Adapters may be on its layers, too.
   */
  private final class TimeEmbedding implements Block {
    private final Time time;

    TimeEmbedding(Time time) {
      this.time = time;
    }

    @Override
    public NDArray forward(NDManager scope, List<NDArray> inputs) {
      return timeEmbedding(scope, time, inputs);
    }

    @Override
    public boolean isTrained() {
      return timeLinear1.isAdapted()
          || timeLinear2.isAdapted()
          || added.map(AddedEmbedding::isAdapted).orElse(false);
    }
  }

  private NDArray timeEmbedding(NDManager scope, Time time, List<NDArray> pooled) {
    NDArray addition =
        added
            .map(layer -> layer.forward(scope, pooled.get(0), time.added().orElseThrow().timeIds()))
            .orElse(nothingAdded);
    return ops.call(
        scope,
        "timestep_embedding",
        Ops.of(time.timesteps()),
        Ops.of(time.sample()),
        Ops.of(time.condition()),
        Ops.of(addition),
        timeCondition.argument(),
        timeLinear1.argument(),
        timeLinear2.argument(),
        Ops.of(timeAttrs));
  }

  private NDArray input(NDManager scope, NDArray sample) {
    return config.centerInputSample() ? ops.call(scope, "center", Ops.of(sample)) : sample;
  }
}
