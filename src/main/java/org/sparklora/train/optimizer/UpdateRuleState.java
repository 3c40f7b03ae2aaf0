package org.sparklora.train.optimizer;

import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.sparklora.util.InvalidInputException;

/**
 * The state of an update rule between updates, under the names of its reference implementation.
 *
 * @param floats running means and the like
 * @param codes the same in 8 bits
 * @param numbers single values
 */
public record UpdateRuleState(
    SortedMap<String, float[]> floats,
    SortedMap<String, byte[]> codes,
    SortedMap<String, Double> numbers) {

  /** The state of a rule that keeps only vectors. */
  public static UpdateRuleState of(Map<String, float[]> floats) {
    return new UpdateRuleState(new TreeMap<>(floats), new TreeMap<>(), new TreeMap<>());
  }

  /**
   * A copy of a vector.
   *
   * @throws InvalidInputException (DATA) when there is no vector of that length
   */
  float[] floats(String name, int length) {
    float[] values = floats.get(name);
    requireLength(name, values == null ? -1 : values.length, length);
    return values.clone();
  }

  /** A copy of codes, as {@link #floats(String, int)}. */
  byte[] codes(String name, int length) {
    byte[] values = codes.get(name);
    requireLength(name, values == null ? -1 : values.length, length);
    return values.clone();
  }

  /**
   * A single value.
   *
   * @throws InvalidInputException (DATA) when there is none
   */
  double number(String name) {
    if (!numbers.containsKey(name)) {
      throw missing(name);
    }
    return numbers.get(name);
  }

  private static void requireLength(String name, int found, int wanted) {
    if (found < 0) {
      throw missing(name);
    }
    if (found != wanted) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Cannot resume: the saved %s has %d values and this adapter needs %d; train with the"
                  + " rank and targets the checkpoint was made with.",
              name,
              found,
              wanted));
    }
  }

  private static InvalidInputException missing(String name) {
    return InvalidInputException.data(
        String.format(
            Locale.ROOT,
            "Cannot resume: the checkpoint holds no %s; train with the --optimizer it was made"
                + " with.",
            name));
  }
}
