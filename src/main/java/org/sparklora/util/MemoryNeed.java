package org.sparklora.util;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The memory that a piece of work takes, estimated from its shapes before anything is computed.
 *
 * @param flag that decides it
 * @param value of the flag, in words
 * @param work that takes the memory, a noun
 * @param least bytes, below which it cannot work
 * @param usual bytes, as measured
 * @param advice the sentence after the numbers
 */
public record MemoryNeed(
    String flag, String value, String work, double least, double usual, String advice) {
  private static final double GIB = 1L << 30;

  /**
   * Refuses work that cannot fit although it runs alone.
   *
   * @return a warning if tasks that run at the same time are likely to take more than there is
   * @throws InvalidInputException (CONFIGURATION) with the number and the bound
   */
  public Optional<String> within(MemoryRoom room) {
    if (exceeds(least, room.alone())) {
      throw InvalidInputException.configuration(
          "Invalid "
              + flag
              + ": "
              + value
              + text("takes at least", least, room.alone().getAsLong(), ""));
    }
    return exceeds(usual, room.shared())
        ? Optional.of(
            flag
                + " "
                + value
                + " may be too large"
                + text(
                    "takes about",
                    usual,
                    room.shared().getAsLong(),
                    room.shared().equals(room.alone()) ? "" : " while all of them work"))
        : Optional.empty();
  }

  private static boolean exceeds(double bytes, OptionalLong there) {
    return there.isPresent() && bytes > there.getAsLong();
  }

  private String text(String takes, double needed, long there, String when) {
    return String.format(
        Locale.ROOT,
        "; %s %s %.1f GiB, and a task may take %.1f GiB%s. %s",
        work,
        takes,
        needed / GIB,
        there / GIB,
        when,
        advice);
  }
}
