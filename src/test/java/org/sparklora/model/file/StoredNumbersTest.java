package org.sparklora.model.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class StoredNumbersTest {
  @Test
  void everyHalfAndBfloat16IsWrittenAsItself() {
    for (TensorType type : new TensorType[] {TensorType.F16, TensorType.BF16}) {
      int different = 0;
      for (int bits = 0; bits < 1 << 16; bits++) {
        double value = value(type, (short) bits);
        different += !Double.isNaN(value) && written(type, value) != (short) bits ? 1 : 0;
      }
      assertThat(different).as(type.name()).isZero();
      assertThat(value(type, written(type, Double.NaN))).isNaN();
    }
  }

  /** Between two neighbours: the nearer one, and at the middle the one that ends with a 0 bit. */
  @Test
  void roundsToNearestEven() {
    for (TensorType type : new TensorType[] {TensorType.F16, TensorType.BF16}) {
      int infinity = type == TensorType.F16 ? 0x7C00 : 0x7F80;
      int wrong = 0;
      for (int bits = 0; bits < infinity - 1; bits++) {
        double low = value(type, (short) bits);
        double high = value(type, (short) (bits + 1));
        double middle = (low + high) / 2;
        int even = bits % 2 == 0 ? bits : bits + 1;
        wrong += written(type, middle) == even ? 0 : 1;
        wrong += written(type, Math.nextDown(middle)) == bits ? 0 : 1;
        wrong += written(type, Math.nextUp(middle)) == bits + 1 ? 0 : 1;
        wrong += written(type, -Math.nextUp(middle)) == (short) (0x8000 | bits + 1) ? 0 : 1;
      }
      assertThat(wrong).as(type.name()).isZero();
    }
  }

  @Test
  void whatIsTooLargeIsInfinite() {
    assertThat(written(TensorType.F16, 65519.99)).isEqualTo((short) 0x7BFF);
    assertThat(written(TensorType.F16, 65520)).isEqualTo((short) 0x7C00);
    assertThat(written(TensorType.F16, -1e300)).isEqualTo((short) 0xFC00);
    assertThat(written(TensorType.BF16, 3.4e38)).isEqualTo((short) 0x7F80);
    assertThat(written(TensorType.BF16, Double.POSITIVE_INFINITY)).isEqualTo((short) 0x7F80);
  }

  private static double value(TensorType type, short bits) {
    ByteBuffer bytes = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(0, bits);
    return StoredNumbers.read(type, bytes, 0);
  }

  private static short written(TensorType type, double value) {
    ByteBuffer bytes = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
    StoredNumbers.write(type, value, bytes);
    return bytes.getShort(0);
  }
}
