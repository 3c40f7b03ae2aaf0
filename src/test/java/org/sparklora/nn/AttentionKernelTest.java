package org.sparklora.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

public class AttentionKernelTest {
  private static final int BATCH = 2;
  private static final int HEADS = 3;
  private static final int WIDTH = 4;
  private static final int TOKENS = 5;
  private static final double SCALE = 1 / Math.sqrt(WIDTH);
  private static final float[][] MASK = {{1, 1, 0, 1, 1}, {0, 1, 1, 1, 0}};

  private static Ops ops;

  private record Case(AttentionKernel kernel, boolean causal, boolean masked) {}

  private record Result(float[] out, List<float[]> gradients) {}

  @BeforeAll
  static void open() {
    ops = Ops.open(Device.cpu(), 1);
  }

  @AfterAll
  static void close() {
    ops.close();
  }

  public static Stream<AttentionKernel> kernels() {
    return Stream.of(
        new AttentionKernel.Sdpa(),
        new AttentionKernel.Sliced(AttentionKernel.Sliced.AUTO),
        new AttentionKernel.Sliced(4),
        new AttentionKernel.Plain());
  }

  static Stream<Case> cases() {
    return kernels()
        .flatMap(
            kernel ->
                Stream.of(
                    new Case(kernel, false, false),
                    new Case(kernel, false, true),
                    new Case(kernel, true, false),
                    new Case(kernel, true, true)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isSoftmaxOfQueriesTimesKeysTimesValues(Case c) {
    // A causal row whose only keys are masked has no answer: let the first key be seen.
    float[][] mask = c.causal() ? new float[][] {MASK[0], {1, 0, 1, 1, 0}} : MASK;
    int size = BATCH * TOKENS * HEADS * WIDTH;
    float[][] qkv = {normals(1, size), normals(2, size), normals(3, size)};
    float[] weights = normals(4, size);
    Result result = attend(c.kernel(), qkv, weights, c, mask, TOKENS, HEADS, WIDTH, BATCH);

    double[] inputs = new double[3 * size];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = qkv[i / size][i % size];
    }
    double[] expected = formula(inputs, c, mask);
    assertThat(error(result.out(), expected)).isLessThan(1e-5);
    double[] gradient =
        AttentionFormula.gradient(
            inputs,
            moved -> {
              double[] out = formula(moved, c, mask);
              double sum = 0;
              for (int i = 0; i < out.length; i++) {
                sum += out[i] * weights[i];
              }
              return sum;
            });
    for (int input = 0; input < 3; input++) {
      double[] part = Arrays.copyOfRange(gradient, input * size, (input + 1) * size);
      assertThat(error(result.gradients().get(input), part)).as("input %d", input).isLessThan(1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void agreesWithTheFusedKernelAtTheHeadsOfStableDiffusion(AttentionKernel kernel) {
    int size = 256 * 8 * 40;
    float[][] qkv = {normals(5, size), normals(6, size), normals(7, size)};
    float[] weights = normals(8, size);
    Case plain = new Case(kernel, false, false);
    Result fused = attend(new AttentionKernel.Sdpa(), qkv, weights, plain, MASK, 256, 8, 40, 1);
    Result other = attend(kernel, qkv, weights, plain, MASK, 256, 8, 40, 1);
    assertThat(error(other.out(), fused.out())).isLessThan(1e-5);
    for (int input = 0; input < 3; input++) {
      assertThat(error(other.gradients().get(input), fused.gradients().get(input)))
          .isLessThan(1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void upcastComputesAHalfPrecisionInputInFp32(AttentionKernel kernel) {
    float[] x = normals(9, TOKENS * HEADS * WIDTH);
    try (NDManager scope = ops.manager().newSubManager()) {
      Shape shape = new Shape(1, TOKENS, HEADS * WIDTH);
      NDArray rounded = ops.cast(scope, scope.create(x, shape), Precision.BF16);
      NDArray exact = ops.toFp32(scope, rounded);
      float[] upcast = once(scope, rounded, kernel, true);
      float[] expected = once(scope, exact, kernel, false);
      for (int i = 0; i < upcast.length; i++) {
        // One rounding to 8 bits, at the end.
        assertThat(upcast[i]).isCloseTo(expected[i], offset(Math.abs(expected[i]) / 255 + 1e-6f));
      }
    }
  }

  @Test
  void autoSlicesHalfTheHeads() {
    assertThat(new AttentionKernel.Sliced(AttentionKernel.Sliced.AUTO).rows(8)).isEqualTo(4);
    assertThat(new AttentionKernel.Sliced(AttentionKernel.Sliced.AUTO).rows(1)).isEqualTo(1);
    assertThat(new AttentionKernel.Sliced(AttentionKernel.Sliced.MAX).rows(8)).isEqualTo(1);
  }

  private static float[] once(NDManager scope, NDArray x, AttentionKernel kernel, boolean upcast) {
    NDArray attrs = ops.attrs(HEADS, SCALE, kernel.rows(HEADS), upcast ? 1 : 0, 0);
    NDArray out =
        ops.call(
            scope,
            "attend",
            Ops.of(x),
            Ops.of(copy(scope, x, upcast)),
            Ops.of(copy(scope, x, upcast)),
            Ops.of(attrs),
            Ops.of(ops.none()));
    return ops.toFp32(scope, out).toFloatArray();
  }

  /** One array cannot be in two arguments. */
  private static NDArray copy(NDManager scope, NDArray x, boolean bf16) {
    return ops.cast(scope, x, bf16 ? Precision.BF16 : Precision.FP32);
  }

  private static Result attend(
      AttentionKernel kernel,
      float[][] qkv,
      float[] weights,
      Case c,
      float[][] mask,
      int tokens,
      int heads,
      int width,
      int batch) {
    try (NDManager scope = ops.manager().newSubManager()) {
      Shape shape = new Shape(batch, tokens, (long) heads * width);
      List<NDArray> leaves = new ArrayList<>();
      for (float[] values : qkv) {
        NDArray leaf = scope.create(values, shape);
        ops.requireGradient(leaf);
        leaves.add(leaf);
      }
      NDArray attrs =
          ops.attrs(heads, 1 / Math.sqrt(width), kernel.rows(heads), 0, c.causal() ? 1 : 0);
      NDArray keep = c.masked() ? scope.create(mask) : ops.newNone();
      NDArray out =
          ops.recordGradients(
              () ->
                  ops.call(
                      scope,
                      "attend",
                      Ops.of(leaves.get(0)),
                      Ops.of(leaves.get(1)),
                      Ops.of(leaves.get(2)),
                      Ops.of(attrs),
                      Ops.of(keep)));
      ops.backward(out, scope.create(weights, shape));
      return new Result(
          out.toFloatArray(),
          leaves.stream().map(leaf -> ops.gradient(leaf).toFloatArray()).toList());
    }
  }

  private static double[] formula(double[] qkv, Case c, float[][] mask) {
    int channels = HEADS * WIDTH;
    int sample = TOKENS * channels;
    double[] all = new double[BATCH * sample];
    for (int b = 0; b < BATCH; b++) {
      boolean[] keep = new boolean[TOKENS];
      for (int j = 0; j < TOKENS; j++) {
        keep[j] = !c.masked() || mask[b][j] == 1;
      }
      double[][] q = AttentionFormula.rows(qkv, b * sample, TOKENS, channels);
      double[][] k = AttentionFormula.rows(qkv, (BATCH + b) * sample, TOKENS, channels);
      double[][] v = AttentionFormula.rows(qkv, (2 * BATCH + b) * sample, TOKENS, channels);
      for (int h = 0; h < HEADS; h++) {
        double[][] out =
            AttentionFormula.attention(
                AttentionFormula.columns(q, h * WIDTH, WIDTH),
                AttentionFormula.columns(k, h * WIDTH, WIDTH),
                AttentionFormula.columns(v, h * WIDTH, WIDTH),
                SCALE,
                keep,
                c.causal());
        for (int i = 0; i < TOKENS; i++) {
          System.arraycopy(out[i], 0, all, b * sample + i * channels + h * WIDTH, WIDTH);
        }
      }
    }
    return all;
  }

  private static float[] normals(int sample, int size) {
    return KeyedRandom.of(11, Purpose.NOISE, 0, sample).normals(size);
  }

  private static double error(float[] actual, float[] expected) {
    double[] wide = new double[expected.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = expected[i];
    }
    return error(actual, wide);
  }

  /** The largest difference, relative to the largest value. */
  public static double error(float[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < actual.length; i++) {
      difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    return difference / largest;
  }
}
