package org.sparklora.model.file;

import java.nio.ByteBuffer;

/** Single numbers of stored tensors: read exactly, written with one rounding to nearest even. */
public final class StoredNumbers {
  private static final int HALF_INFINITY = 0x7C00;
  private static final int BFLOAT16_INFINITY = 0x7F80;
  private static final int NOT_A_NUMBER = 0x7FC0;

  private StoredNumbers() {}

  /**
   * Reads a number.
   *
   * @param index counted in numbers
   */
  public static double read(TensorType type, ByteBuffer values, int index) {
    return switch (type) {
      case F64 -> values.getDouble(index * Double.BYTES);
      case F32 -> values.getFloat(index * Float.BYTES);
      case F16 -> TensorFloats.fromHalf(values.getShort(index * Short.BYTES));
      case BF16 -> Float.intBitsToFloat(values.getShort(index * Short.BYTES) << 16);
      default -> throw new IllegalArgumentException(type + " is no floating-point number");
    };
  }

  /** Writes a number at the buffer's position. */
  public static void write(TensorType type, double value, ByteBuffer out) {
    switch (type) {
      case F64 -> out.putDouble(value);
      case F32 -> out.putFloat((float) value);
      case F16 -> out.putShort(rounded(value, 10, -14, HALF_INFINITY));
      case BF16 -> out.putShort(rounded(value, 7, -126, BFLOAT16_INFINITY));
      default -> throw new IllegalArgumentException(type + " is no floating-point number");
    }
  }

  /**
   * Rounds a number to sign, exponent and fraction. A carry out of the fraction goes into the
   * exponent by itself.
   *
   * @param least exponent of the smallest normal number and of the subnormal numbers
   */
  private static short rounded(double value, int fractionBits, int least, int infinity) {
    if (Double.isNaN(value)) {
      return (short) NOT_A_NUMBER;
    }
    double magnitude = Math.abs(value);
    int exponent = Math.max(Math.getExponent(magnitude), least);
    double steps = Math.rint(Math.scalb(magnitude, fractionBits - exponent));
    double bits = Math.scalb((double) (exponent - least), fractionBits) + steps;
    int sign = value < 0 || 1 / value < 0 ? 0x8000 : 0;
    return (short) (sign | (int) Math.min(bits, infinity));
  }
}
