package org.sparklora.nn;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.sparklora.lora.lycoris.Algo;
import org.sparklora.lora.lycoris.LycorisConfig;
import org.sparklora.lora.lycoris.LycorisFactors;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.OpsByProcessor;

/** GPUs differentiate a LoHa as the LoRA that it is; on a CPU both ways can be compared. */
class LohaAsLoraTest {
  private static final int INPUTS = 40;
  private static final int OUTPUTS = 24;
  private static final float SCALE = 0.3f;
  private static final OpsByProcessor PROCESSORS = new OpsByProcessor();

  @AfterAll
  static void close() {
    PROCESSORS.close();
  }

  private record Product(float[] values, float[] ofFactors, float[] ofInput) {}

  private interface Way {
    NDArray of(NDManager scope, NDArray x, NDArray a, NDArray b, NDArray scale);
  }

  @Test
  void isTheSameProductWithTheSameGradients() {
    PROCESSORS.each(
        ops -> {
          Product whole =
              product(
                  ops,
                  (scope, x, a, b, scale) -> {
                    List<NDArray> layer =
                        List.of(
                            scope.zeros(new Shape(OUTPUTS, INPUTS)),
                            ops.newNone(),
                            a,
                            b,
                            scale,
                            ops.newNone(),
                            ops.newNone(),
                            ops.newNone(),
                            ops.newNone());
                    return ops.call(scope, "linear", Ops.of(x), Ops.of(layer));
                  });
          Product asLora =
              product(
                  ops,
                  (scope, x, a, b, scale) ->
                      ops.call(
                          scope, "loha_as_lora", Ops.of(x), Ops.of(a), Ops.of(b), Ops.of(scale)));
          assertClose(asLora.values, whole.values);
          assertClose(asLora.ofFactors, whole.ofFactors);
          assertClose(asLora.ofInput, whole.ofInput);
        });
  }

  private static Product product(Ops ops, Way way) {
    LycorisFactors factors =
        new LycorisConfig(Algo.LOHA, -1, false, false, false)
            .factors(new long[] {OUTPUTS, INPUTS}, 3)
            .orElseThrow();
    try (NDManager scope = ops.manager().newSubManager()) {
      NDArray x = normals(scope, 1, 2, 7, INPUTS);
      NDArray a = normals(scope, 2, factors.size());
      NDArray b = ops.attrs(factors.description());
      ops.requireGradient(x);
      ops.requireGradient(a);
      NDArray y = ops.recordGradients(() -> way.of(scope, x, a, b, scope.create(SCALE)));
      ops.backward(y, normals(scope, 3, 2, 7, OUTPUTS));
      return new Product(
          y.toFloatArray(), ops.gradient(a).toFloatArray(), ops.gradient(x).toFloatArray());
    }
  }

  private static NDArray normals(NDManager scope, int sample, long... shape) {
    int size = (int) new Shape(shape).size();
    return scope.create(
        KeyedRandom.of(3, Purpose.NOISE, 0, sample).normals(size), new Shape(shape));
  }

  private static void assertClose(float[] actual, float[] expected) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    }
    assertThat(actual).hasSameSizeAs(expected);
    assertThat(difference).isLessThan(1e-6 * largest);
  }
}
