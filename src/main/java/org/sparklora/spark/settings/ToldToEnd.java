package org.sparklora.spark.settings;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.util.SignalUtils;
import org.sparklora.spark.LastWords;

/**
 * Handles Ctrl-C or SIGTERM in a process with Spark. The program's own message is the last one:
 * afterwards Spark logs nothing, and failures that the stop causes are not reported.
 */
public final class ToldToEnd {
  /** A priority higher than all others, also than that of {@link LastWords}. */
  private static final int FIRST = FileSystem.SHUTDOWN_HOOK_PRIORITY + 50;

  private static final int INTERRUPTED = 130;
  private static final String OURS = "org.sparklora";

  /**
   * A terminal and the program that has started this one may both pass the same Ctrl-C on: what
   * comes within this time is no second one.
   */
  private static final long SAME_INTERRUPT = Duration.ofSeconds(1).toNanos();

  private static final long NEVER = Long.MIN_VALUE;
  private static final AtomicLong FIRST_INTERRUPT = new AtomicLong(NEVER);

  private ToldToEnd() {}

  /**
   * Prepares this process, once. Ctrl-C ends it as a signal does, after its shutdown hooks. A
   * second one, a second later or more, ends it at once.
   */
  public static void prepare() {
    SignalUtils.register("INT", ToldToEnd::interrupt);
    ShutdownHookManager.get().addShutdownHook(ToldToEnd::silenceSpark, FIRST);
  }

  /** Makes the process ignore Ctrl-C, which a terminal also sends to the executors. */
  static void ignoreInterrupts() {
    SignalUtils.register("INT", () -> true);
  }

  /** Whether the process is shutting down. */
  public static boolean isSo() {
    return ShutdownHookManager.get().isShutdownInProgress();
  }

  /** If the process is ending, waits for the end, so that nothing more is printed. */
  public static void awaitEnd() {
    while (isSo()) {
      try {
        Thread.sleep(Long.MAX_VALUE);
      } catch (InterruptedException e) {
        // Spark interrupts the threads that it stops.
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

  /**
   * Spark's handler hears of no further signal until this returns, so another thread ends the
   * process.
   */
  private static Object interrupt() {
    long now = System.nanoTime();
    if (FIRST_INTERRUPT.compareAndSet(NEVER, now)) {
      new Thread(() -> System.exit(INTERRUPTED), "interrupted").start();
    } else if (now - FIRST_INTERRUPT.get() >= SAME_INTERRUPT) {
      Runtime.getRuntime().halt(INTERRUPTED);
    }
    return true;
  }
}
