package org.sparklora.cli.option;

import org.slf4j.LoggerFactory;

/**
 * Logs warnings about flags that are not problems. The logger is looked up only when there is a
 * message, because there is no logging if the jar runs alone.
 */
public final class FlagLog {
  private FlagLog() {}

  public static void info(String message) {
    LoggerFactory.getLogger(FlagLog.class).info(message);
  }

  public static void warn(String message) {
    LoggerFactory.getLogger(FlagLog.class).warn(message);
  }
}
