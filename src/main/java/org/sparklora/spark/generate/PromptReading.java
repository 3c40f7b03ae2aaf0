package org.sparklora.spark.generate;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sparklora.util.FirstCause;
import org.sparklora.util.InvalidInputException;

/**
 * Spark's reading of prompts. Spark says of a file whose content fails that it failed, not what is
 * wrong with it. A store that does not answer is another matter, and is tried again.
 */
final class PromptReading {
  private static final Pattern LINE = Pattern.compile("\\bline=(\\d+)");

  private PromptReading() {}

  /**
   * Reads.
   *
   * @throws InvalidInputException (DATA) when the content of a file fails
   */
  static <T> T of(String location, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (Exception e) { // Scala throws checked exceptions without saying so
      throw contentFault(e)
          .map(
              fault ->
                  InvalidInputException.data(
                      "Cannot read --prompts: " + location + ": " + fault, e))
          .orElseThrow(() -> sneaky(e));
    }
  }

  private static Optional<String> contentFault(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String kind = cause.getClass().getName();
      if (kind.endsWith(".TextParsingException")) {
        Matcher line = LINE.matcher(String.valueOf(cause.getMessage()));
        return Optional.of(
            String.format(
                Locale.ROOT,
                "%sa cell has more than %d characters, or a row more than %d cells; look for a"
                    + " quote that is not closed",
                line.find() ? "up to line " + line.group(1) + " " : "",
                PromptLines.MOST_BYTES,
                PromptTable.MOST_COLUMNS));
      }
      if (kind.startsWith("org.apache.parquet.")) {
        return Optional.of("it is damaged: " + FirstCause.of(cause) + "; write it anew");
      }
    }
    return Optional.empty();
  }

  /** The exception itself, which the compiler takes for an unchecked one. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Exception> E sneaky(Exception e) throws E {
    throw (E) e;
  }
}
