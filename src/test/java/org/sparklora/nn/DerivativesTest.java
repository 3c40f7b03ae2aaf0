package org.sparklora.nn;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.lora.lycoris.Algo;
import org.sparklora.lora.lycoris.LycorisConfig;
import org.sparklora.lora.lycoris.LycorisFactors;
import org.sparklora.nn.attention.Attention;
import org.sparklora.nn.attention.FeedForward;
import org.sparklora.nn.attention.TokenProjections;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.OpsByProcessor;

/**
 * That what the op library says of a block's derivative is what autograd says, at sizes where
 * convolutions are computed as products, or by minimal filtering, and attention in blocks of
 * scores.
 */
@Tag("long")
class DerivativesTest {
  private static final int CHANNELS = 64;
  private static final int WORDS = 7;
  private static final int RANK = 2;
  private static final OpsByProcessor PROCESSORS = new OpsByProcessor();

  @AfterAll
  static void close() {
    PROCESSORS.close();
  }

  private interface Maker {
    Block make(Layers layers, Context context);
  }

  /**
   * A kind of block.
   *
   * @param shapes of its inputs; all but the first are watched
   */
  private record Kind(String name, List<Shape> shapes, Maker maker) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Kind ofPictures(String name, int channels, Maker maker) {
    return new Kind(name, List.of(picture(channels)), maker);
  }

  private static Shape picture(int channels) {
    return new Shape(2, channels, 16, 16);
  }

  /** Of a picture whose sides are not made of whole tiles. */
  private static Kind resnetOf(int height, int width) {
    return new Kind(
        "resnet of " + height + " x " + width,
        List.of(new Shape(2, CHANNELS, height, width)),
        (layers, x) -> resnet(layers, x, CHANNELS, 1));
  }

  private static Kind ofTokens(String name, Maker maker) {
    return new Kind(name, List.of(new Shape(2, 300, CHANNELS)), maker);
  }

  private static Kind ofTokensAndWords(String name, Maker maker) {
    return new Kind(name, List.of(new Shape(2, 300, CHANNELS), new Shape(2, WORDS, 24)), maker);
  }

  static Stream<Kind> ofConvolutions() {
    int c = CHANNELS;
    return Stream.of(
        ofPictures("resnet", c + 32, (layers, x) -> resnet(layers, x, c + 32, 1)),
        ofPictures("resnet without shortcut", c, (layers, x) -> resnet(layers, x, c, 2)),
        resnetOf(7, 5),
        resnetOf(17, 18),
        resnetOf(35, 34),
        ofPictures("downsample", c, (layers, x) -> new Downsample2D(layers, c, 1).block()),
        ofPictures(
            "downsample, padding 0", c, (layers, x) -> new Downsample2D(layers, c, 0).block()),
        ofPictures(
            "upsample", c, (layers, x) -> new Upsample2D(layers, "conv", c, true).block(x.none())),
        ofPictures(
            "end",
            c,
            (layers, x) -> new NormActConv(layers, c, 4, 3, 8, 1e-5, Activation.SILU).block()));
  }

  static Stream<Kind> ofActivations() {
    return Arrays.stream(Activation.values())
        .map(
            activation ->
                ofPictures(
                    "end with " + activation,
                    CHANNELS,
                    (layers, x) ->
                        new NormActConv(layers, CHANNELS, 4, 3, 8, 1e-5, activation).block()));
  }

  static Stream<Kind> ofProjections() {
    return Stream.of(true, false)
        .flatMap(
            linear ->
                Stream.of(
                    ofPictures(
                        "proj_in, linear: " + linear,
                        CHANNELS,
                        (layers, x) -> TokenProjections.in(layers, CHANNELS, 96, 8, linear)),
                    new Kind(
                        "proj_out, linear: " + linear,
                        List.of(new Shape(2, 256, 96), picture(CHANNELS)),
                        (layers, x) -> TokenProjections.out(layers, 96, CHANNELS, linear))));
  }

  static Stream<Kind> ofLinearLayers() {
    return Stream.of(
        ofTokens("self-attention", (layers, x) -> attention(layers, CHANNELS).block(x.self())),
        ofTokens("cross-attention", (layers, x) -> attention(layers, 24).block(x.context())),
        ofTokensAndWords(
            "cross-attention to words with a gradient",
            (layers, x) -> attention(layers, 24).blockOfWords(x.none())),
        ofTokens("feed-forward", (layers, x) -> new FeedForward(layers, "norm", CHANNELS).block()),
        new Kind(
            "feed-forward of many tokens",
            List.of(new Shape(2, 1100, CHANNELS)),
            (layers, x) -> new FeedForward(layers, "norm", CHANNELS).block()));
  }

  private static Block resnet(Layers layers, Context context, int in, double outputScale) {
    ResnetBlock2D.Settings settings =
        new ResnetBlock2D.Settings(32, 8, 1e-5, Activation.SILU, false, outputScale);
    return new ResnetBlock2D(layers, in, CHANNELS, settings).block(1, context.normals(9, 2, 32));
  }

  private static Attention attention(Layers layers, int contextChannels) {
    return new Attention(layers, "norm", "attn", CHANNELS, contextChannels, 4, false);
  }

  /** Random numbers. */
  private record Context(Ops ops, NDManager scope) {
    NDArray normals(int sample, long... shape) {
      int size = (int) new Shape(shape).size();
      return scope.create(
          KeyedRandom.of(3, Purpose.NOISE, 0, sample).normals(size), new Shape(shape));
    }

    NDArray none() {
      return ops.none();
    }

    EncoderStates self() {
      return new EncoderStates(ops.newNone(), ops.newNone());
    }

    EncoderStates context() {
      return new EncoderStates(words(), ops.newNone());
    }

    NDArray words() {
      return normals(8, 2, WORDS, 24);
    }
  }

  private interface Adapters {
    /** Puts adapters on all layers; the trained tensors, in the order of the block's gradients. */
    List<NDArray> on(Ops ops, Context context, Layers layers);
  }

  @ParameterizedTest
  @MethodSource({"ofConvolutions", "ofLinearLayers", "ofProjections"})
  void isAutogradsOfAFrozenBlock(Kind kind) {
    compare(kind, (ops, context, layers) -> List.of());
  }

  @ParameterizedTest
  @MethodSource({"ofConvolutions", "ofLinearLayers", "ofProjections"})
  void isAutogradsOfAnAdaptedBlock(Kind kind) {
    compare(kind, (ops, context, layers) -> adapt(ops, context, layers, true));
  }

  @ParameterizedTest
  @MethodSource({"ofConvolutions", "ofLinearLayers", "ofProjections"})
  void isAutogradsOfABlockWithTwoAdaptersWithoutDropout(Kind kind) {
    compare(
        kind,
        (ops, context, layers) -> {
          List<NDArray> first = adapt(ops, context, layers, false);
          List<NDArray> second = adapt(ops, context, layers, false);
          List<NDArray> leaves = new ArrayList<>();
          for (int i = 0; i < first.size(); i += 2) {
            leaves.addAll(first.subList(i, i + 2));
            leaves.addAll(second.subList(i, i + 2));
          }
          return leaves;
        });
  }

  @ParameterizedTest
  @MethodSource({"ofConvolutions", "ofLinearLayers", "ofProjections"})
  void isAutogradsOfABlockWithDropoutBetweenAAndB(Kind kind) {
    compare(
        kind,
        (ops, context, layers) -> {
          List<NDArray> leaves = adapt(ops, context, layers, true);
          int i = 0;
          for (Layer layer : layers.adaptable().values()) {
            long[] keys = {3L << 30, 3L << 30, 15L << 28, 5 + i++, 17};
            layer.setInnerDropout(0, context.scope().create(keys));
          }
          return leaves;
        });
  }

  @ParameterizedTest
  @MethodSource({"ofConvolutions", "ofLinearLayers", "ofProjections"})
  void isAutogradsOfABlockWithLoha(Kind kind) {
    LycorisConfig plain = new LycorisConfig(Algo.LOHA, -1, false, false, false);
    LycorisConfig tucker = new LycorisConfig(Algo.LOHA, -1, false, false, true);
    compare(kind, (ops, context, layers) -> lycoris(ops, context, layers, plain));
    compare(kind, (ops, context, layers) -> lycoris(ops, context, layers, tucker));
  }

  @ParameterizedTest
  @MethodSource({"ofConvolutions", "ofLinearLayers", "ofProjections"})
  void isAutogradsOfABlockWithLokr(Kind kind) {
    LycorisConfig both = new LycorisConfig(Algo.LOKR, -1, true, false, false);
    LycorisConfig tucker = new LycorisConfig(Algo.LOKR, 4, false, false, true);
    LycorisConfig whole = new LycorisConfig(Algo.LOKR, -1, false, true, false);
    for (LycorisConfig lokr : List.of(both, tucker, whole)) {
      compare(kind, (ops, context, layers) -> lycoris(ops, context, layers, lokr));
    }
  }

  @ParameterizedTest
  @MethodSource("ofActivations")
  void isAutogradsOfEachActivation(Kind kind) {
    compare(kind, (ops, context, layers) -> adapt(ops, context, layers, false));
  }

  @ParameterizedTest
  @MethodSource({"ofConvolutions", "ofLinearLayers", "ofProjections"})
  void isAutogradsOfABlockWithDora(Kind kind) {
    compare(kind, (ops, context, layers) -> dora(ops, context, layers, false));
  }

  @ParameterizedTest
  @MethodSource({"ofConvolutions", "ofLinearLayers", "ofProjections"})
  void isAutogradsOfABlockWithDoraAndDropout(Kind kind) {
    compare(kind, (ops, context, layers) -> dora(ops, context, layers, true));
  }

  @ParameterizedTest
  @MethodSource({"ofConvolutions", "ofLinearLayers", "ofProjections"})
  void isAutogradsOfABlockWithDoraBetweenOthers(Kind kind) {
    compare(
        kind,
        (ops, context, layers) -> {
          List<NDArray> first = adapt(ops, context, layers, true);
          List<NDArray> second = dora(ops, context, layers, false);
          List<NDArray> third = adapt(ops, context, layers, true);
          List<NDArray> leaves = new ArrayList<>();
          for (int i = 0; i < first.size() / 2; i++) {
            leaves.addAll(first.subList(2 * i, 2 * i + 2));
            leaves.addAll(second.subList(3 * i, 3 * i + 3));
            leaves.addAll(third.subList(2 * i, 2 * i + 2));
          }
          return leaves;
        });
  }

  private static void compare(Kind kind, Adapters adapters) {
    PROCESSORS.each(ops -> compare(ops, kind, adapters));
  }

  private static void compare(Ops ops, Kind kind, Adapters adapters) {
    try (NDManager scope = ops.manager().newSubManager()) {
      Context context = new Context(ops, scope);
      List<Integer> drawn = new ArrayList<>();
      Weights weights =
          (name, shape) -> {
            drawn.add(1);
            NDArray values = new Context(ops, ops.manager()).normals(100 + drawn.size(), shape);
            return values.mul(1 / Math.sqrt(values.size() / (double) shape[0]));
          };
      Layers layers = Layers.of(ops, weights);
      Block block = kind.maker().make(layers, context);
      List<NDArray> leaves = adapters.on(ops, context, layers);
      assertThat(block.byHand(Collections.nCopies(kind.shapes().size(), true))).isPresent();
      List<float[]> byHand = gradients(context, kind, block, leaves);
      List<float[]> autograd = gradients(context, kind, new Recorded(block), leaves);
      assertThat(byHand).hasSameSizeAs(autograd);
      for (int i = 0; i < byHand.size(); i++) {
        assertThat(deviation(byHand.get(i), autograd.get(i))).as("gradient " + i).isLessThan(1e-5);
      }
    }
  }

  /** A block as autograd alone knows it. */
  private record Recorded(Block block) implements Block {
    @Override
    public NDArray forward(NDManager scope, List<NDArray> inputs) {
      return block.forward(scope, inputs);
    }

    @Override
    public boolean isTrained() {
      return block.isTrained();
    }
  }

  /**
   * Puts an adapter on every layer.
   *
   * @param withDropout whose masks must be the same on the way back
   */
  private static List<NDArray> adapt(Ops ops, Context context, Layers layers, boolean withDropout) {
    List<NDArray> leaves = new ArrayList<>();
    for (Layer layer : layers.adaptable().values()) {
      NDArray a = context.normals(leaves.size(), layer.downShape(RANK).getShape());
      NDArray b = context.normals(leaves.size() + 1, layer.upShape(RANK).getShape());
      NDArray dropout =
          withDropout
              ? context.scope().create(new long[] {3L << 30, 7 + leaves.size(), 91})
              : context.scope().create(new float[0]);
      layer.adapt(a, b, context.scope().create(0.01f), dropout);
      leaves.add(a);
      leaves.add(b);
    }
    leaves.forEach(ops::requireGradient);
    return leaves;
  }

  private static List<NDArray> dora(Ops ops, Context context, Layers layers, boolean withDropout) {
    List<NDArray> leaves = new ArrayList<>();
    NDManager scope = context.scope();
    for (Layer layer : layers.adaptable().values()) {
      NDArray a = context.normals(leaves.size(), layer.downShape(RANK).getShape());
      NDArray b = context.normals(leaves.size() + 1, layer.upShape(RANK).getShape());
      NDArray magnitude = context.normals(leaves.size() + 2, layer.upShape(1).size());
      NDArray dropout =
          withDropout
              ? scope.create(new long[] {3L << 30, 7 + leaves.size(), 91})
              : scope.create(new float[0]);
      layer.adapt(a, b, scope.create(0.1f), dropout, magnitude);
      layer.takeNorms(ops);
      leaves.addAll(List.of(a, b, magnitude));
    }
    leaves.forEach(ops::requireGradient);
    return leaves;
  }

  private static List<NDArray> lycoris(
      Ops ops, Context context, Layers layers, LycorisConfig kind) {
    List<NDArray> leaves = new ArrayList<>();
    for (Layer layer : layers.adaptable().values()) {
      long[] weight = layer.downShape(1).getShape();
      weight[0] = layer.upShape(1).get(0);
      LycorisFactors factors = kind.factors(weight, RANK).orElseThrow();
      NDArray a = context.normals(leaves.size(), factors.size());
      NDArray b = ops.attrs(factors.description());
      layer.adapt(a, b, context.scope().create(0.01f), context.scope().create(new float[0]));
      leaves.add(a);
    }
    leaves.forEach(ops::requireGradient);
    return leaves;
  }

  /** Of the block's inputs and of the leaves, which are then zero again. */
  private static List<float[]> gradients(
      Context context, Kind kind, Block block, List<NDArray> leaves) {
    Ops ops = context.ops();
    try (NDManager scope = ops.manager().newSubManager()) {
      NDArray x = context.normals(1, kind.shapes().get(0).getShape());
      NDArray leaf = scope.zeros(kind.shapes().get(0));
      ops.requireGradient(leaf);
      Tape tape = Tape.on(ops, scope, false);
      NDArray input = tape.apply(scope, new Sum(ops, leaf, x), List.of());
      List<NDArray> inputs = new ArrayList<>(List.of(input));
      for (Shape shape : kind.shapes().subList(1, kind.shapes().size())) {
        NDArray other = context.normals(8, shape.getShape());
        tape.watch(other);
        inputs.add(other);
      }
      NDArray output = tape.apply(scope, block, inputs);
      tape.backward(output, context.normals(2, output.getShape().getShape()));
      Function<NDArray, float[]> take =
          of -> {
            NDArray gradient = ops.gradient(of);
            float[] values = ops.toFp32(scope, gradient).toFloatArray();
            gradient.muli(0);
            return values;
          };
      List<float[]> gradients = new ArrayList<>(List.of(take.apply(leaf)));
      leaves.forEach(of -> gradients.add(take.apply(of)));
      for (NDArray other : inputs.subList(1, inputs.size())) {
        gradients.add(tape.gradient(other).toFloatArray());
      }
      return gradients;
    }
  }

  /** What makes the input one that has a gradient. */
  private record Sum(Ops ops, NDArray leaf, NDArray x) implements Block {
    @Override
    public NDArray forward(NDManager scope, List<NDArray> inputs) {
      return ops.call(scope, "sum_of", Ops.of(leaf), Ops.of(x));
    }

    @Override
    public boolean isTrained() {
      return true;
    }
  }

  private static double deviation(float[] values, float[] expected) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow(values[i] - expected[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    assertThat(norm).isPositive();
    return Math.sqrt(difference / norm);
  }
}
