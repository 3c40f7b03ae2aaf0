package org.sparklora.report.history;

import java.util.List;

/**
 * The validation pictures of a step.
 *
 * @param step number of steps the adapter had been trained for
 * @param more number of further pictures that were drawn but are not kept here
 */
public record PictureSet(long step, List<Pair> pairs, int more) {
  /**
   * The same prompt and seed without and with the adapter, as JPEG.
   *
   * @param base empty if an earlier set has the same picture
   */
  public record Pair(String prompt, long seed, byte[] base, byte[] adapted) {
    boolean isSameAs(Pair other) {
      return prompt.equals(other.prompt) && seed == other.seed;
    }
  }

  public PictureSet {
    pairs = List.copyOf(pairs);
  }
}
