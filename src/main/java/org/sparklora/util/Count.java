package org.sparklora.util;

/** A number of things, for people. */
public final class Count {
  private Count() {}

  /**
   * The number and the noun, such as "1 picture" or "2 pictures".
   *
   * @param noun in the singular, whose plural has an s at its end
   */
  public static String of(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
