package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.sparklora.tensor.KeyedRandom.Purpose;

/**
 * Products of bf16 on a processor that has none, and of fp16 on all: those of fp32, rounded once.
 */
class EmulatedPrecisionTest {
  private static final Ops EMULATED = Ops.open(Device.cpu(), 1, new Processor(false, true));
  private static final Ops NATIVE = Ops.open(Device.cpu(), 1, new Processor(true, true));

  @AfterAll
  static void close() {
    EMULATED.close();
    NATIVE.close();
  }

  /** Something computed of random numbers of a type. */
  private interface Computation extends BiFunction<Ops, Precision, NDArray> {}

  @Test
  void ofALinearLayer() {
    assertIsRoundedOnce(
        (ops, type) ->
            ops.call(
                ops.manager(),
                "linear",
                Ops.of(random(ops, type, 1, 2, 7, 24)),
                Ops.of(List.of(random(ops, type, 2, 5, 24), random(ops, type, 3, 5)))));
  }

  @Test
  void ofAnAdaptedLinearLayer() {
    assertIsRoundedOnce(
        (ops, type) -> {
          NDManager manager = ops.manager();
          return ops.call(
              manager,
              "linear",
              Ops.of(random(ops, type, 1, 2, 7, 24)),
              Ops.of(
                  List.of(
                      random(ops, type, 2, 5, 24),
                      random(ops, type, 3, 5),
                      random(ops, Precision.FP32, 4, 2, 24),
                      random(ops, Precision.FP32, 5, 5, 2),
                      manager.create(0.5f),
                      ops.newNone(),
                      ops.newNone(),
                      ops.newNone())));
        });
  }

  @Test
  void ofConvolutions() {
    for (int stride : new int[] {1, 2}) {
      assertIsRoundedOnce(
          (ops, type) ->
              ops.call(
                  ops.manager(),
                  "convolution",
                  Ops.of(random(ops, type, 1, 2, 8, 20, 20)),
                  Ops.of(List.of(random(ops, type, 2, 5, 8, 3, 3), random(ops, type, 3, 5))),
                  Ops.of(ops.attrs(stride, 1))));
    }
  }

  @Test
  void ofAConvolutionsDerivative() {
    assertIsRoundedOnce(
        (ops, type) ->
            ops.callForList(
                    ops.manager(),
                    "downsample_backward",
                    Ops.of(random(ops, type, 1, 2, 5, 10, 10)),
                    Ops.of(List.of(random(ops, type, 2, 2, 8, 20, 20))),
                    Ops.of(List.of(random(ops, type, 3, 5, 8, 3, 3), ops.newNone())),
                    Ops.of(ops.attrs(1)))
                .get(0));
  }

  @Test
  void ofAttention() {
    for (int tokens : new int[] {77, 300}) {
      assertIsRoundedOnce(
          (ops, type) ->
              ops.call(
                  ops.manager(),
                  "attend",
                  Ops.of(random(ops, type, 1, 2, tokens, 16)),
                  Ops.of(random(ops, type, 2, 2, tokens, 16)),
                  Ops.of(random(ops, type, 3, 2, tokens, 16)),
                  Ops.of(ops.attrs(4, 0.5, 0, 0, 0)),
                  Ops.of(ops.newNone())));
    }
  }

  private static void assertIsRoundedOnce(Computation computation) {
    float[] emulated = roundedOnce(EMULATED, computation, Precision.BF16);
    roundedOnce(NATIVE, computation, Precision.EMULATED_FP16);
    float[] others = values(NATIVE, computation.apply(NATIVE, Precision.BF16));
    for (int i = 0; i < others.length; i++) {
      assertThat(Math.abs(others[i] - emulated[i])).isLessThan(0.02f * (1 + Math.abs(emulated[i])));
    }
  }

  private static float[] roundedOnce(Ops ops, Computation computation, Precision precision) {
    NDArray expected = computation.apply(NATIVE, Precision.FP32);
    NDArray rounded = NATIVE.cast(NATIVE.manager(), expected, precision);
    float[] emulated = values(ops, computation.apply(ops, precision));
    assertThat(emulated).as(precision.name()).isEqualTo(values(NATIVE, rounded));
    return emulated;
  }

  private static float[] values(Ops ops, NDArray x) {
    return ops.toFp32(ops.manager(), x).toFloatArray();
  }

  /** Numbers that bf16 and fp16 hold exactly: of seven bits, and not small. */
  private static NDArray random(Ops ops, Precision type, int sample, long... shape) {
    float[] values =
        KeyedRandom.of(3, Purpose.NOISE, 0, sample).normals((int) new Shape(shape).size());
    for (int i = 0; i < values.length; i++) {
      float near = Math.abs(values[i]) < 0x1p-6 ? 0 : values[i] / 2;
      values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(near) & 0xffff0000);
    }
    return ops.cast(ops.manager(), ops.manager().create(values, new Shape(shape)), type);
  }
}
