package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

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
  private static final OpsByProcessor PROCESSORS = new OpsByProcessor();

  @AfterAll
  static void close() {
    PROCESSORS.close();
  }

  @ParameterizedTest
  @CsvSource({"16, 16, 1", "17, 19, 2", "32, 32, 1", "33, 34, 2", "9, 10, 13"})
  void isAsExactAsTorchs(int height, int width, int batch) {
    PROCESSORS.each(
        ops -> {
          try (NDManager scope = ops.manager().newSubManager()) {
            NDArray x =
                ops.call(scope, "image", Ops.of(normals(scope, 1, batch, 96, height, width)));
            NDArray weight = normals(scope, 2, 64, 96, 3, 3).div(Math.sqrt(9 * 96));
            NDArray bias = normals(scope, 3, 64);
            float[] filtered = convolved(ops, scope, x, weight, bias);
            // Where autograd records, torch convolves.
            float[] direct = ops.recordGradients(() -> convolved(ops, scope, x, weight, bias));
            float[] exact = ops.recordGradients(() -> exact(ops, scope, x, weight, bias));
            double ofTorch = distance(direct, exact);
            assertThat(filtered).isNotEqualTo(direct);
            assertThat(distance(filtered, exact)).isLessThan(3 * ofTorch);
          }
        });
  }

  private static NDArray normals(NDManager scope, int sample, long... shape) {
    float[] values =
        KeyedRandom.of(5, Purpose.NOISE, 0, sample).normals((int) new Shape(shape).size());
    return scope.create(values, new Shape(shape));
  }

  private static float[] convolved(
      Ops ops, NDManager scope, NDArray x, NDArray weight, NDArray bias) {
    NDArray y = convolution(ops, scope, x, weight, bias);
    return ops.toFp32(scope, y).toFloatArray();
  }

  private static float[] exact(Ops ops, NDManager scope, NDArray x, NDArray weight, NDArray bias) {
    NDArray y =
        convolution(
            ops,
            scope,
            x.toType(DataType.FLOAT64, true),
            weight.toType(DataType.FLOAT64, true),
            bias.toType(DataType.FLOAT64, true));
    return ops.toFp32(scope, y).toFloatArray();
  }

  private static NDArray convolution(
      Ops ops, NDManager scope, NDArray x, NDArray weight, NDArray bias) {
    return ops.call(
        scope, "convolution", Ops.of(x), Ops.of(List.of(weight, bias)), Ops.of(ops.attrs(1, 1)));
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
