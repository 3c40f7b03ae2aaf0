package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.tensor.KeyedRandom.Purpose;

/** A convolution by minimal filtering, next to torch's in fp64 and in fp32. */
class FilteredConvolutionTest {
  private static final Ops OPS = Ops.open(Device.cpu(), 1);

  @AfterAll
  static void close() {
    OPS.close();
  }

  @ParameterizedTest
  @CsvSource({"16, 16, 1", "17, 19, 2", "32, 32, 1", "33, 34, 2", "9, 10, 13"})
  void isAsExactAsTorchs(int height, int width, int batch) {
    try (NDManager scope = OPS.manager().newSubManager()) {
      NDArray x = OPS.call(scope, "image", Ops.of(normals(scope, 1, batch, 96, height, width)));
      NDArray weight = normals(scope, 2, 64, 96, 3, 3).div(Math.sqrt(9 * 96));
      NDArray bias = normals(scope, 3, 64);
      float[] filtered = convolved(scope, x, weight, bias);
      // Where autograd records, torch convolves.
      float[] direct = OPS.recordGradients(() -> convolved(scope, x, weight, bias));
      float[] exact = OPS.recordGradients(() -> exact(scope, x, weight, bias));
      double ofTorch = distance(direct, exact);
      assertThat(filtered).isNotEqualTo(direct);
      assertThat(distance(filtered, exact)).isLessThan(3 * ofTorch);
    }
  }

  private static NDArray normals(NDManager scope, int sample, long... shape) {
    float[] values =
        KeyedRandom.of(5, Purpose.NOISE, 0, sample).normals((int) new Shape(shape).size());
    return scope.create(values, new Shape(shape));
  }

  private static float[] exact(NDManager scope, NDArray x, NDArray weight, NDArray bias) {
    DataType type = DataType.FLOAT64;
    return convolved(
        scope, x.toType(type, true), weight.toType(type, true), bias.toType(type, true));
  }

  private static float[] convolved(NDManager scope, NDArray x, NDArray weight, NDArray bias) {
    NDArray y =
        OPS.call(
            scope,
            "convolution",
            Ops.of(x),
            Ops.of(List.of(weight, bias)),
            Ops.of(OPS.attrs(1, 1)));
    return OPS.toFp32(scope, y).toFloatArray();
  }

  /** Of the greatest. */
  private static double distance(float[] values, float[] exact) {
    double greatest = 0;
    for (int i = 0; i < exact.length; i++) {
      greatest = Math.max(greatest, Math.abs(values[i] - exact[i]));
    }
    return greatest;
  }
}
