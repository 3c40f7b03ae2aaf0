package org.sparklora.model.file;

import java.util.Arrays;

/**
 * A stored tensor without its values.
 *
 * @param shape the dimensions, outermost first; empty for a single number
 */
public record TensorInfo(String name, TensorType type, long[] shape) {
  /**
   * The number of elements.
   *
   * @throws ArithmeticException when a dimension is negative or the product exceeds 63 bits; files
   *     are checked for both when they are opened
   */
  public long elements() {
    long product = 1;
    for (long dimension : shape) {
      if (dimension < 0) {
        throw new ArithmeticException("negative dimension " + dimension);
      }
      product = Math.multiplyExact(product, dimension);
    }
    return product;
  }

  /** The size of the values in bytes; fails as {@link #elements()}. */
  public long bytes() {
    return Math.multiplyExact(elements(), type.bytes());
  }

  @Override
  public String toString() {
    return name + " " + type + Arrays.toString(shape);
  }
}
