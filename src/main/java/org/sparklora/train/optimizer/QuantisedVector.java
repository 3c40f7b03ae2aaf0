package org.sparklora.train.optimizer;

import java.util.Arrays;

/**
 * A vector in 8 bits: blocks of {@value #BLOCK} values, each divided by its largest magnitude and
 * replaced by the nearest value of a {@link DynamicCode} (Dettmers et al. 2021, arXiv 2110.02861).
 *
 * @param codes one for each value
 * @param largest magnitude of each block
 */
record QuantisedVector(DynamicCode code, byte[] codes, float[] largest) {
  static final int BLOCK = 256;

  /** Zeros. */
  static QuantisedVector zeros(DynamicCode code, int length) {
    byte[] codes = new byte[length];
    Arrays.fill(codes, code.nearest(0));
    return new QuantisedVector(code, codes, new float[blocks(length)]);
  }

  static int blocks(int length) {
    return (length + BLOCK - 1) / BLOCK;
  }

  /** Writes the values of a block to the beginning of {@code values}. */
  void read(int block, float[] values) {
    int from = block * BLOCK;
    int n = Math.min(BLOCK, codes.length - from);
    float scale = largest[block];
    for (int i = 0; i < n; i++) {
      values[i] = code.value(codes[from + i]) * scale;
    }
  }

  /** Replaces a block by the first values of {@code values}. */
  void write(int block, float[] values) {
    int from = block * BLOCK;
    int n = Math.min(BLOCK, codes.length - from);
    float max = 0;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, Math.abs(values[i]));
    }
    // The inverse of a smaller number is infinite.
    boolean vanished = max < Float.MIN_NORMAL;
    largest[block] = vanished ? 0 : max;
    float inverse = vanished ? 0 : 1 / max;
    for (int i = 0; i < n; i++) {
      codes[from + i] = code.nearest(values[i] * inverse);
    }
  }
}
