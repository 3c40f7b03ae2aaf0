package org.sparklora.spark.settings;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.util.SignalUtils;
import org.sparklora.spark.LastWords;

/**
 * A process with Spark that is told to end, by Ctrl-C or SIGTERM. Its own last words are the last
 * ones: from then on Spark says nothing, and what fails because everything stops is no failure.
 */
public final class ToldToEnd {
  /** Before everything else: see {@link LastWords}. */
  private static final int FIRST = FileSystem.SHUTDOWN_HOOK_PRIORITY + 50;

  private static final int INTERRUPTED = 130;
  private static final String OURS = "org.sparklora";
  private static final AtomicInteger INTERRUPTS = new AtomicInteger();

  private ToldToEnd() {}

  /** Prepares this process, once. At the second Ctrl-C it ends at once. */
  public static void prepare() {
    SignalUtils.register("INT", ToldToEnd::isSecondInterrupt);
    ShutdownHookManager.get().addShutdownHook(ToldToEnd::silenceSpark, FIRST);
  }

  /** Has the process not care for Ctrl-C, which a terminal sends to the executors, too. */
  static void ignoreInterrupts() {
    SignalUtils.register("INT", () -> true);
  }

  /** Whether the process is ending. */
  public static boolean isSo() {
    return ShutdownHookManager.get().isShutdownInProgress();
  }

  /** Waits for the end, if the process is ending: what comes after that must not be said. */
  public static void awaitEnd() {
    while (isSo()) {
      try {
        Thread.sleep(Long.MAX_VALUE);
      } catch (InterruptedException e) {
        // Spark interrupts what it stops.
      }
    }
  }

  public static void silenceSpark() {
    Configurator.setAllLevels(LogManager.ROOT_LOGGER_NAME, Level.OFF);
    Configurator.setLevel(OURS, Level.INFO);
  }

  public static void silenceAll() {
    Configurator.setAllLevels(LogManager.ROOT_LOGGER_NAME, Level.OFF);
  }

  private static Object isSecondInterrupt() {
    if (INTERRUPTS.incrementAndGet() > 1) {
      Runtime.getRuntime().halt(INTERRUPTED);
    }
    return false; // Java ends the process as it always does
  }
}
