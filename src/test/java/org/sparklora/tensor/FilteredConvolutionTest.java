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

/**
 * A convolution by minimal filtering, next to torch's in fp64, and to plain sums in fp32: how exact
 * torch's is in fp32 depends on the processor.
 */
class FilteredConvolutionTest {
  private static final Ops OPS = Ops.open(Device.cpu(), 1);

  @AfterAll
  static void close() {
    OPS.close();
  }

  @ParameterizedTest
  @CsvSource({"16, 16, 1", "17, 19, 2", "32, 32, 1", "33, 34, 2", "9, 10, 13"})
  void isAboutAsExactAsPlainSums(int height, int width, int batch) {
    try (NDManager scope = OPS.manager().newSubManager()) {
      NDArray pictures = normals(scope, 1, batch, 96, height, width);
      NDArray x = OPS.call(scope, "image", Ops.of(pictures));
      NDArray weight = normals(scope, 2, 64, 96, 3, 3).div(Math.sqrt(9 * 96));
      NDArray bias = normals(scope, 3, 64);
      float[] filtered = convolved(scope, x, weight, bias);
      // Where autograd records, torch convolves.
      float[] direct = OPS.recordGradients(() -> convolved(scope, x, weight, bias));
      float[] exact = OPS.recordGradients(() -> exact(scope, x, weight, bias));
      float[] plain =
          summed(
              new int[] {batch, 96, height, width},
              pictures.toFloatArray(),
              weight.toFloatArray(),
              bias.toFloatArray());
      assertThat(filtered).isNotEqualTo(direct);
      assertThat(distance(filtered, exact)).isLessThan(1.5 * distance(plain, exact));
    }
  }

  /** 3 x 3, padding 1: every sum in fp32, one product after another. */
  private static float[] summed(int[] shape, float[] x, float[] weight, float[] bias) {
    int channels = shape[1];
    int height = shape[2];
    int width = shape[3];
    float[] y = new float[shape[0] * bias.length * height * width];
    for (int at = 0; at < y.length; at++) {
      int column = at % width;
      int row = at / width % height;
      int out = at / width / height % bias.length;
      int picture = at / width / height / bias.length;
      float sum = bias[out];
      for (int in = 0; in < channels; in++) {
        int plane = (picture * channels + in) * height;
        int kernel = (out * channels + in) * 9;
        for (int i = Math.max(0, 1 - row); i < Math.min(3, height + 1 - row); i++) {
          for (int j = Math.max(0, 1 - column); j < Math.min(3, width + 1 - column); j++) {
            int pixel = (plane + row + i - 1) * width + column + j - 1;
            sum += x[pixel] * weight[kernel + 3 * i + j];
          }
        }
      }
      y[at] = sum;
    }
    return y;
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
