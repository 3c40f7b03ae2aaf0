package org.sparklora.model.file;

import java.nio.ByteBuffer;
import org.sparklora.util.InvalidInputException;

/** A stored tensor's values as fp32; fp16 and bf16 are widened exactly, fp64 is rounded. */
public final class TensorFloats {
  private TensorFloats() {}

  /**
   * Reads a tensor.
   *
   * @return its values in row-major order
   * @throws InvalidInputException (DATA) when it holds something other than floating-point numbers
   */
  public static float[] read(TensorFile file, String name) {
    ByteBuffer data = file.data(name);
    TensorInfo info = file.tensors().get(name);
    // The file holds that many bytes, so the array is at most four times as large as the file.
    float[] values = new float[Math.toIntExact(info.elements())];
    switch (info.type()) {
      case F32 -> data.asFloatBuffer().get(values);
      case F64 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) data.getDouble(i * Double.BYTES);
        }
      }
      case F16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = fromHalf(data.getShort(i * Short.BYTES));
        }
      }
      case BF16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.intBitsToFloat(data.getShort(i * Short.BYTES) << 16);
        }
      }
      default ->
          throw InvalidInputException.data(
              "Unsupported type of tensor "
                  + name
                  + " in "
                  + file.source()
                  + ": "
                  + info.type()
                  + ", a weight is F64, F32, F16 or BF16");
    }
    return values;
  }

  /**
   * Reads a tensor of one number of any type, because some tools write an alpha as an integer.
   *
   * @throws InvalidInputException (DATA) when it does not hold one number
   */
  public static double number(TensorFile file, String name) {
    ByteBuffer data = file.data(name);
    TensorInfo info = file.tensors().get(name);
    if (info.elements() != 1 || info.type() == TensorType.BOOL) {
      throw InvalidInputException.data(
          "Invalid tensor in " + file.source() + ": " + info + " is not a single number");
    }
    return switch (info.type()) {
      case I64 -> data.getLong(0);
      case I32 -> data.getInt(0);
      case I16 -> data.getShort(0);
      case I8 -> data.get(0);
      case U8 -> data.get(0) & 0xFF;
      default -> StoredNumbers.read(info.type(), data, 0);
    };
  }

  /** IEEE 754 binary16: sign, 5 bits of exponent with bias 15 (fp32: 127), 10 bits of fraction. */
  static float fromHalf(short bits) {
    int exponent = (bits >> 10) & 0x1F;
    int fraction = bits & 0x3FF;
    float magnitude =
        switch (exponent) {
          case 0 -> fraction * 0x1p-24f;
          case 0x1F -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
          default -> Float.intBitsToFloat(((exponent + 112) << 23) | (fraction << 13));
        };
    return bits < 0 ? -magnitude : magnitude;
  }
}
