package org.sparklora.cli.option;

import java.util.Collection;
import org.slf4j.LoggerFactory;

/**
 * Logs warnings about flags that are not problems. The logger is looked up only when there is a
 * message, because there is no logging if the jar runs alone.
 */
public final class FlagLog {
  private FlagLog() {}

  /**
   * Warns of flags that were given and change nothing.
   *
   * @param flags none, one or several
   * @param why the end of a sentence that begins with their names and "has no effect"
   */
  public static void noEffect(Collection<String> flags, String why) {
    if (!flags.isEmpty()) {
      String verb = flags.size() == 1 ? " has" : " have";
      warn(String.join(", ", flags) + verb + " no effect " + why);
    }
  }

  public static void info(String message) {
    LoggerFactory.getLogger(FlagLog.class).info(message);
  }

  public static void warn(String message) {
    LoggerFactory.getLogger(FlagLog.class).warn(message);
  }
}
