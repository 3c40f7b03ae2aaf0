package org.sparklora.nn;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;

/** DoRA's formula, against fp64 computed as it is written. */
class DoraTest {
  private static final int IN = 37;
  private static final int OUT = 23;
  private static final int RANK = 3;
  private static final float SCALE = 0.7f;

  private final float[] weight = normals(0, OUT * IN);
  private final float[] bias = normals(1, OUT);
  private final float[] a = normals(2, RANK * IN);
  private final float[] b = normals(3, OUT * RANK);
  private final float[] magnitude = normals(4, OUT);
  private final float[] x = normals(5, IN);

  @Test
  void scalesEveryRowOfTheSumToItsMagnitude() {
    double[] expected = new double[OUT];
    double[][] sum = sum();
    for (int i = 0; i < OUT; i++) {
      double product = 0;
      for (int j = 0; j < IN; j++) {
        product += sum[i][j] * x[j];
      }
      expected[i] = magnitude[i] / norm(sum[i]) * product + bias[i];
    }
    assertThat(error(output("linear", new Shape(1, IN)), expected)).isLessThan(1e-6);
    assertThat(error(output("conv", new Shape(1, IN, 1, 1)), expected)).isLessThan(1e-6);
    assertThat(error(output("fused", new Shape(1, IN)), expected)).isLessThan(1e-6);
  }

  /** PEFT's: the frozen product of the whole input, what DoRA adds of the dropped one. */
  @Test
  void scalesTheDroppedInputOnly() {
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      NDManager manager = ops.manager();
      Layer layer = layers(ops).linear("layer", IN, OUT, true);
      NDArray dropout = manager.create(new long[] {1L << 31, 77});
      layer.adapt(
          manager.create(a, layer.downShape(RANK)),
          manager.create(b, layer.upShape(RANK)),
          manager.create(SCALE),
          dropout,
          manager.create(magnitude));
      layer.takeNorms(ops);
      NDArray values = manager.create(x, new Shape(1, IN));
      float[] dropped =
          ops.call(manager, "dropped", Ops.of(values), Ops.of(dropout)).toFloatArray();
      assertThat(dropped).contains(0f).isNotEqualTo(x);
      double[] expected = new double[OUT];
      for (int i = 0; i < OUT; i++) {
        double[] row = sum()[i];
        expected[i] = bias[i];
        for (int j = 0; j < IN; j++) {
          double w = weight[i * IN + j];
          expected[i] += w * (x[j] - dropped[j]) + magnitude[i] / norm(row) * row[j] * dropped[j];
        }
      }
      float[] output = ops.call(manager, "linear", Ops.of(values), layer.argument()).toFloatArray();
      assertThat(error(output, expected)).isLessThan(1e-6);
    }
  }

  @Test
  void takesNormsWithoutTheSumItself() {
    double[][] sum = sum();
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      NDManager manager = ops.manager();
      NDArray norm = manager.zeros(new Shape(OUT));
      ops.call(
          manager,
          "dora_norm",
          Ops.of(manager.create(weight, new Shape(OUT, IN))),
          Ops.of(manager.create(a, new Shape(RANK, IN))),
          Ops.of(manager.create(b, new Shape(OUT, RANK))),
          Ops.of(manager.create(SCALE)),
          Ops.of(norm));
      float[] norms = norm.toFloatArray();
      for (int i = 0; i < OUT; i++) {
        assertThat(norms[i] / norm(sum[i])).isBetween(1 - 1e-5, 1 + 1e-5);
      }
    }
  }

  private float[] output(String kind, Shape input) {
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      NDManager manager = ops.manager();
      Layers layers = layers(ops);
      Layer layer =
          kind.equals("conv")
              ? layers.conv("layer", IN, OUT, 1, true)
              : layers.linear("layer", IN, OUT, true);
      NDArray down = manager.create(a, layer.downShape(RANK));
      NDArray up = manager.create(b, layer.upShape(RANK));
      NDArray lengths = manager.create(magnitude);
      NDArray scale = manager.create(SCALE);
      if (kind.equals("fused")) {
        layer.fuse(ops, down, up, scale, lengths);
      } else {
        layer.adapt(down, up, scale, manager.create(new float[0]), lengths);
        layer.takeNorms(ops);
      }
      NDArray values = manager.create(x, input);
      return kind.equals("conv")
          ? ops.call(
                  manager, "convolution", Ops.of(values), layer.argument(), Ops.of(ops.attrs(1, 0)))
              .toFloatArray()
          : ops.call(manager, "linear", Ops.of(values), layer.argument()).toFloatArray();
    }
  }

  private Layers layers(Ops ops) {
    return Layers.of(
        ops,
        (name, shape) -> ops.manager().create(shape.length > 1 ? weight : bias, new Shape(shape)));
  }

  private double[][] sum() {
    double[][] sum = new double[OUT][IN];
    for (int i = 0; i < OUT; i++) {
      for (int j = 0; j < IN; j++) {
        sum[i][j] = weight[i * IN + j];
        for (int r = 0; r < RANK; r++) {
          sum[i][j] += (double) SCALE * b[i * RANK + r] * a[r * IN + j];
        }
      }
    }
    return sum;
  }

  private static double norm(double[] row) {
    double squares = 0;
    for (double value : row) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  private static double error(float[] values, double[] expected) {
    double worst = 0;
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs(values[i] - expected[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    return worst / largest;
  }

  private static float[] normals(int index, int count) {
    return KeyedRandom.of(5, Purpose.NOISE, 0, index).normals(count);
  }
}
