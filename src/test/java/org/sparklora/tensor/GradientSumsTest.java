package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.tensor.KeyedRandom.Purpose;

/**
 * The gradient of an adapted layer's input in bf16. Each of many adapters adds less than bf16
 * resolves; their sum counts.
 */
class GradientSumsTest {
  private static final int ADAPTERS = 64;
  private static final int CHANNELS = 24;
  private static final int RANK = 2;

  @ParameterizedTest
  @CsvSource({
    "linear, true, false",
    "linear, true, true",
    "linear, false, false",
    "linear, false, true",
    "conv, true, false",
    "conv, true, true",
    "conv, false, false",
    "conv, false, true"
  })
  void isSummedInFp32(String kind, boolean hasInstructions, boolean dora) {
    // Without the instructions libtorch's own bf16 convolution rounds more than once. So there the
    // program computes it in fp32, and this way is never taken.
    assumeThat(
            kind.equals("conv") && hasInstructions && !Processor.ofThisMachine().multipliesBf16())
        .isFalse();
    try (Ops ops = Ops.open(Device.cpu(), 1, new Processor(hasInstructions, true));
        NDManager scope = ops.manager().newSubManager()) {
      float[] frozen = gradient(ops, scope, kind, Precision.FP32, List.of());
      List<NDArray> adapters = adapters(ops, scope, kind, dora);
      float[] exact = gradient(ops, scope, kind, Precision.FP32, adapters);
      float[] rounded = gradient(ops, scope, kind, Precision.BF16, adapters);
      assertThat(distance(frozen, exact)).isGreaterThan(0.1);
      // Of one rounding or two; had each adapter been added in bf16, it would be above 0.01.
      assertThat(distance(rounded, exact)).isLessThan(0.004);
    }
  }

  private static float[] gradient(
      Ops ops, NDManager scope, String kind, Precision precision, List<NDArray> adapters) {
    boolean conv = kind.equals("conv");
    NDArray weight =
        conv ? normals(scope, 0, CHANNELS, CHANNELS, 3, 3) : normals(scope, 0, CHANNELS, CHANNELS);
    NDArray x = conv ? normals(scope, 1, 1, CHANNELS, 9, 9) : normals(scope, 1, 1, 81, CHANNELS);
    NDArray g = normals(scope, 2, 1, CHANNELS, conv ? 18 : 9, conv ? 18 : 9);
    List<NDArray> layer = new ArrayList<>();
    layer.add(ops.cast(scope, weight, precision));
    layer.add(ops.newNone());
    layer.addAll(adapters);
    Ops.Argument upstream = Ops.of(ops.cast(scope, g, precision));
    NDArray input = ops.cast(scope, x, precision);
    NDArray dx =
        conv
            ? ops.callForList(
                    scope, "upsample_backward", upstream, Ops.of(List.of(input)), Ops.of(layer))
                .get(0)
            : ops.callForList(
                    scope,
                    "transformer_out_backward",
                    upstream,
                    Ops.of(List.of(input)),
                    Ops.of(layer))
                .get(0);
    return ops.toFp32(scope, dx).toFloatArray();
  }

  /** The same adapter many times, after one with a magnitude that changes nothing where asked. */
  private static List<NDArray> adapters(Ops ops, NDManager scope, String kind, boolean dora) {
    List<NDArray> tensors = new ArrayList<>();
    boolean conv = kind.equals("conv");
    for (int i = 0; i < ADAPTERS; i++) {
      NDArray a =
          conv ? normals(scope, 3, RANK, CHANNELS, 3, 3) : normals(scope, 3, RANK, CHANNELS);
      NDArray b =
          conv ? normals(scope, 4, CHANNELS, RANK, 1, 1) : normals(scope, 4, CHANNELS, RANK);
      boolean scales = dora && i == 0;
      tensors.addAll(
          List.of(
              a,
              b,
              scope.create(0.002f),
              ops.newNone(),
              scales ? scope.ones(new Shape(CHANNELS)) : ops.newNone(),
              scales ? scope.ones(new Shape(CHANNELS)) : ops.newNone(),
              ops.newNone()));
    }
    return tensors;
  }

  private static double distance(float[] values, float[] expected) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow(values[i] - expected[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / norm);
  }

  private static NDArray normals(NDManager scope, int sample, long... shape) {
    return normals(scope, sample, new Shape(shape));
  }

  private static NDArray normals(NDManager scope, int sample, Shape shape) {
    float[] values = KeyedRandom.of(3, Purpose.NOISE, 0, sample).normals((int) shape.size());
    return scope.create(values, shape);
  }
}
