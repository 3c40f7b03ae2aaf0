package org.sparklora.train.step;

import java.util.Arrays;
import java.util.Optional;

/**
 * The type of gradients and their sums, on all workers and on the driver. Sums are computed in fp32
 * and rounded once.
 */
public enum GradientType {
  FP32(0, Float.BYTES),
  /** The upper half of an fp32 number: its sign, its exponent and 7 bits. */
  BF16(1, Short.BYTES);

  private static final int NAN = 0x7FC00000;
  private static final int INFINITY = 0x7F800000;

  private final int code;
  private final int bytes;

  GradientType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** The number that stands for the type in messages, less than 128. */
  public int code() {
    return code;
  }

  /** The type that a number stands for; empty if it stands for none. */
  public static Optional<GradientType> ofCode(int code) {
    return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
  }

  /** The length of a value. */
  public int bytes() {
    return bytes;
  }

  /** Rounds values to this type, in their array. */
  public void round(float[] values) {
    if (this == BF16) {
      for (int i = 0; i < values.length; i++) {
        values[i] = bf16(values[i]);
      }
    }
  }

  /**
   * Rounds to the nearest bf16 number, and to the even one of two that are equally near, as {@code
   * round_to_nearest_even} of PyTorch's c10/util/BFloat16.h.
   */
  private static float bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    int even = (bits + 0x7FFF + ((bits >>> 16) & 1)) & 0xFFFF0000;
    return Float.intBitsToFloat((bits & 0x7FFFFFFF) > INFINITY ? NAN : even);
  }
}
