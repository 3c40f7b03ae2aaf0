package org.sparklora.lora.lycoris;

import java.util.stream.LongStream;

/**
 * One trained tensor of an update.
 *
 * @param name its name in a file of LyCORIS, after the module's
 * @param shape outermost dimension first; without elements for a factor that an update has not
 */
public record Factor(String name, long... shape) {
  /** A factor that an update has not. */
  public static final Factor ABSENT = new Factor("", 0, 0);

  boolean isPresent() {
    return !name.isEmpty();
  }

  /** The number of values; a double, because it may be too large for an int. */
  double count() {
    return LongStream.of(shape).asDoubleStream().reduce(1, (a, b) -> a * b);
  }

  /** The number of values. */
  public int size() {
    return Math.toIntExact(LongStream.of(shape).reduce(1, Math::multiplyExact));
  }

  long rows() {
    return shape[0];
  }

  /** The values of a row, over all other dimensions; also torch's {@code fan_in}. */
  long columns() {
    return isPresent() ? size() / shape[0] : 0;
  }
}
