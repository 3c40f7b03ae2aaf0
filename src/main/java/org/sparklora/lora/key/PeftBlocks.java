package org.sparklora.lora.key;

import org.sparklora.lora.lycoris.Matrix;
import org.sparklora.lora.relative.InputRotation;

/** The blocks of PEFT's OFT, of which it stores the values above the diagonal. */
final class PeftBlocks {
  private PeftBlocks() {}

  /**
   * The rotation.
   *
   * @param values {@code count x s (s - 1) / 2}, each triangle row by row
   */
  static InputRotation of(float[] values, int count, PeftRelative settings) {
    int each = values.length / count;
    int size = (int) Math.round((1 + Math.sqrt(1 + 8.0 * each)) / 2);
    double largest = settings.largestNorm() / Math.sqrt(count);
    Matrix[] blocks = new Matrix[count];
    for (int i = 0; i < count; i++) {
      blocks[i] = within(largest, skew(values, i * each, size));
    }
    return new InputRotation(blocks, settings.shared(), settings.terms());
  }

  private static Matrix skew(float[] values, int start, int size) {
    double[] square = new double[size * size];
    int at = start;
    for (int row = 0; row < size; row++) {
      for (int column = row + 1; column < size; column++) {
        square[row * size + column] = values[at];
        square[column * size + row] = -values[at];
        at++;
      }
    }
    return new Matrix(size, size, square);
  }

  /** COFT: a block of a larger norm is scaled down. */
  private static Matrix within(double largest, Matrix block) {
    double squares = 0;
    for (double value : block.values()) {
      squares += value * value;
    }
    double norm = Math.sqrt(squares);
    return norm <= largest ? block : block.scaled(largest / norm);
  }
}
