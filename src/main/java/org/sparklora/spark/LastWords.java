package org.sparklora.spark;

import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Runs an action when the process gets a signal to end, while Spark and file systems still work.
 */
public final class LastWords {
  /**
   * Shutdown hooks of a higher priority run earlier. Spark's own has a priority of 30 above that of
   * closing the file systems.
   */
  private static final int BEFORE_SPARK_STOPS = FileSystem.SHUTDOWN_HOOK_PRIORITY + 40;

  private static final long MOST_SECONDS = 20;

  private final Runnable words;

  LastWords(Runnable words) {
    this.words = words;
    ShutdownHookManager.get()
        .addShutdownHook(words, BEFORE_SPARK_STOPS, MOST_SECONDS, TimeUnit.SECONDS);
  }

  /** Removes the action, because the process ends without a signal. */
  void remove() {
    if (!ShutdownHookManager.get().isShutdownInProgress()) {
      ShutdownHookManager.get().removeShutdownHook(words);
    }
  }
}
