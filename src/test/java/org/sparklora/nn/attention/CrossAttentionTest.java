package org.sparklora.nn.attention;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.nn.AttentionFormula;
import org.sparklora.nn.AttentionKernelTest;
import org.sparklora.nn.EncoderStates;
import org.sparklora.nn.Layer;
import org.sparklora.nn.Layers;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;

class CrossAttentionTest {
  private static final int BATCH = 2;
  private static final int TOKENS = 4;
  private static final int WORDS = 3;
  private static final int CHANNELS = 6;
  private static final int HEADS = 2;
  private static final int WIDTH = CHANNELS / HEADS;
  private static final int CONTEXT = 5;
  private static final int RANK = 2;
  private static final float SCALE = 0.5f;
  private static final float[][] MASK = {{1, 0, 1}, {0, 0, 0}};
  private static final List<String> ADAPTED =
      List.of("attn2.to_q", "attn2.to_kv", "attn2.to_out.0");

  private static Ops ops;

  private record Case(CrossAttentionType type, AttentionKernel kernel, boolean masked) {}

  @BeforeAll
  static void open() {
    ops = Ops.open(Device.cpu(), 1);
  }

  @AfterAll
  static void close() {
    ops.close();
  }

  static Stream<Case> cases() {
    return Stream.of(CrossAttentionType.MULTI_QUERY, CrossAttentionType.COSINE)
        .flatMap(
            type ->
                AttentionKernelTest.kernels()
                    .flatMap(
                        kernel ->
                            Stream.of(
                                new Case(type, kernel, false), new Case(type, kernel, true))));
  }

  /** Output and the gradients of A and B are those of the formula, all heads, words and nulls. */
  @ParameterizedTest
  @MethodSource("cases")
  void isItsFormulaAndTrainsItsAdapters(Case c) {
    Block block = new Block(c);
    float[] weights = normals(90, BATCH * TOKENS * CHANNELS);
    block.adapt();
    NDArray out = ops.recordGradients(() -> block.forward(normals(2, BATCH * WORDS * CONTEXT)));
    ops.backward(out, block.scope.create(weights, out.getShape()));

    double[] leaves = block.leaves();
    assertThat(error(out.toFloatArray(), formula(block, leaves))).isLessThan(1e-5);
    double[] gradient =
        AttentionFormula.gradient(
            leaves, moved -> AttentionFormula.dot(formula(block, moved), wide(weights)));
    int at = 0;
    for (Map.Entry<String, NDArray> leaf : block.leaves.entrySet()) {
      float[] actual = ops.gradient(leaf.getValue()).toFloatArray();
      double[] expected = Arrays.copyOfRange(gradient, at, at + actual.length);
      assertThat(Arrays.stream(expected).map(Math::abs).max().orElseThrow()).isGreaterThan(1e-3);
      assertThat(error(actual, expected)).as(leaf.getKey()).isLessThan(1e-5);
      at += actual.length;
    }
    block.scope.close();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whereAllWordsAreMaskedOnlyTheNullIsSeen(Case c) {
    Block block = new Block(c);
    float[] one = block.forward(normals(2, BATCH * WORDS * CONTEXT)).toFloatArray();
    float[] other = block.forward(normals(3, BATCH * WORDS * CONTEXT)).toFloatArray();
    int sample = TOKENS * CHANNELS;
    assertThat(Arrays.copyOf(one, sample)).isNotEqualTo(Arrays.copyOf(other, sample));
    float[] second = Arrays.copyOfRange(one, sample, 2 * sample);
    if (c.masked()) {
      assertThat(second).isEqualTo(Arrays.copyOfRange(other, sample, 2 * sample));
    } else {
      assertThat(second).isNotEqualTo(Arrays.copyOfRange(other, sample, 2 * sample));
    }
    block.scope.close();
  }

  /** A block of random weights, which the formula reads, too. */
  private static final class Block {
    private final NDManager scope = ops.manager().newSubManager();
    private final Map<String, double[]> values = new LinkedHashMap<>();
    private final Map<String, NDArray> leaves = new LinkedHashMap<>();
    private final Case c;
    private final Layers layers;
    private final CrossAttention attention;

    Block(Case c) {
      this.c = c;
      this.layers = Layers.of(ops, this::random, c.kernel());
      this.attention =
          c.type() == CrossAttentionType.COSINE
              ? new CosineAttention(layers, "norm2", "attn2", CHANNELS, CONTEXT, HEADS)
              : new MultiQueryAttention(layers, "norm2", "attn2", CHANNELS, CONTEXT, HEADS, false);
    }

    private NDArray random(String name, long... shape) {
      float[] drawn = normals(10 + values.size(), (int) new Shape(shape).size());
      values.put(name, wide(drawn));
      return scope.create(drawn, new Shape(shape));
    }

    void adapt() {
      for (String name : ADAPTED) {
        Layer layer = layers.adaptable().get(name);
        NDArray a = leaf(name + ".A", layer.downShape(RANK));
        NDArray b = leaf(name + ".B", layer.upShape(RANK));
        layer.adapt(a, b, scope.create(SCALE), scope.create(new float[0]));
      }
    }

    private NDArray leaf(String name, Shape shape) {
      NDArray leaf = scope.create(normals(50 + leaves.size(), (int) shape.size()), shape);
      ops.requireGradient(leaf);
      leaves.put(name, leaf);
      return leaf;
    }

    double[] leaves() {
      return leaves.values().stream()
          .flatMapToDouble(leaf -> Arrays.stream(wide(leaf.toFloatArray())))
          .toArray();
    }

    NDArray forward(float[] words) {
      NDArray hidden = scope.create(hidden(), new Shape(BATCH, TOKENS, CHANNELS));
      NDArray context = scope.create(words, new Shape(BATCH, WORDS, CONTEXT));
      NDArray mask = c.masked() ? scope.create(MASK) : ops.newNone();
      return attention.forward(scope, hidden, new EncoderStates(context, mask));
    }

    static float[] hidden() {
      return normals(1, BATCH * TOKENS * CHANNELS);
    }

    double[] value(String name) {
      return values.get(name);
    }

    double[][] matrix(String name, int columns) {
      double[] flat = value(name);
      return AttentionFormula.rows(flat, 0, flat.length / columns, columns);
    }
  }

  private static double[] formula(Block block, double[] leaves) {
    double[] context = wide(normals(2, BATCH * WORDS * CONTEXT));
    double[] hidden = wide(Block.hidden());
    double[] out = new double[hidden.length];
    for (int b = 0; b < BATCH; b++) {
      double[][] h = AttentionFormula.rows(hidden, b * TOKENS * CHANNELS, TOKENS, CHANNELS);
      double[][] words = AttentionFormula.rows(context, b * WORDS * CONTEXT, WORDS, CONTEXT);
      double[][] added = sample(block, leaves, h, words, b);
      for (int i = 0; i < TOKENS; i++) {
        System.arraycopy(added[i], 0, out, (b * TOKENS + i) * CHANNELS, CHANNELS);
      }
    }
    return out;
  }

  private static double[][] sample(
      Block block, double[] leaves, double[][] h, double[][] words, int b) {
    boolean cosine = block.c.type() == CrossAttentionType.COSINE;
    boolean[] keep = new boolean[1 + WORDS];
    keep[0] = true;
    for (int j = 0; j < WORDS; j++) {
      keep[1 + j] = !block.c.masked() || MASK[b][j] == 1;
    }
    double[][] x =
        AttentionFormula.layerNorm(h, block.value("norm2.weight"), block.value("norm2.bias"));
    double[][] y =
        cosine
            ? words
            : AttentionFormula.layerNorm(
                words,
                block.value("attn2.norm_context.weight"),
                block.value("attn2.norm_context.bias"));
    int kv = cosine ? CHANNELS : WIDTH;
    int[] at = {0};
    double[][] q = adapted(block, "attn2.to_q", x, CHANNELS, leaves, at);
    double[][] keysAndValues = adapted(block, "attn2.to_kv", y, 2 * kv, leaves, at);
    double[][] nulls = block.matrix("attn2.null_kv", WIDTH);
    double[][] joined = new double[TOKENS][CHANNELS];
    for (int head = 0; head < HEADS; head++) {
      int from = cosine ? head * WIDTH : 0;
      double[][] qh = AttentionFormula.columns(q, head * WIDTH, WIDTH);
      double[][] kh = AttentionFormula.columns(keysAndValues, from, WIDTH);
      double[][] vh = AttentionFormula.columns(keysAndValues, kv + from, WIDTH);
      double[][] k0 = AttentionFormula.prepend(nulls[0], kh);
      double[][] v0 = AttentionFormula.prepend(nulls[1], vh);
      double[][] out =
          cosine
              ? AttentionFormula.attention(
                  AttentionFormula.unit(qh), AttentionFormula.unit(k0), v0, 16, keep, false)
              : AttentionFormula.attention(qh, k0, v0, 1 / Math.sqrt(WIDTH), keep, false);
      for (int i = 0; i < TOKENS; i++) {
        System.arraycopy(out[i], 0, joined[i], head * WIDTH, WIDTH);
      }
    }
    double[][] out = adapted(block, "attn2.to_out.0", joined, CHANNELS, leaves, at);
    if (cosine) {
      out =
          AttentionFormula.layerNorm(
              out, block.value("attn2.to_out.1.weight"), block.value("attn2.to_out.1.bias"));
    }
    return AttentionFormula.add(h, out);
  }

  /** x W<sup>T</sup> + scale (x A<sup>T</sup>) B<sup>T</sup>. */
  private static double[][] adapted(
      Block block, String name, double[][] x, int out, double[] leaves, int[] at) {
    int in = x[0].length;
    double[][] a = AttentionFormula.rows(leaves, at[0], RANK, in);
    double[][] b = AttentionFormula.rows(leaves, at[0] + RANK * in, out, RANK);
    at[0] += RANK * (in + out);
    double[][] delta = AttentionFormula.linear(AttentionFormula.linear(x, a), b);
    for (double[] row : delta) {
      for (int i = 0; i < row.length; i++) {
        row[i] *= SCALE;
      }
    }
    double[][] weight = block.matrix(name + ".weight", in);
    return AttentionFormula.add(AttentionFormula.linear(x, weight), delta);
  }

  private static float[] normals(int sample, int size) {
    return KeyedRandom.of(12, Purpose.NOISE, 0, sample).normals(size);
  }

  private static double[] wide(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static double error(float[] actual, double[] expected) {
    return AttentionKernelTest.error(actual, expected);
  }
}
