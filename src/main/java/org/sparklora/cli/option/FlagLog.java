package org.sparklora.cli.option;

import org.slf4j.LoggerFactory;

/**
 * Logs what is worth knowing about flags, though it is no problem. The logger is looked up when
 * there is something to say: where the jar runs alone there is no logging.
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
