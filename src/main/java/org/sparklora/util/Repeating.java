package org.sparklora.util;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats work on a thread of its own, whatever the work throws. Java's timers stop for good, and
 * silently, when a task throws.
 */
public final class Repeating implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Repeating.class);

  /** The work of one repetition. */
  @FunctionalInterface
  public interface Work {
    void run() throws Exception;
  }

  private final String name;
  private final Work work;
  private final ScheduledExecutorService timer;
  private boolean failing;

  private Repeating(String name, Work work) {
    this.name = name;
    this.work = work;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Starts repeating.
   *
   * @param name of the thread
   * @param millis between the end of one repetition and the beginning of the next
   */
  public static Repeating every(long millis, String name, Work work) {
    Repeating repeating = new Repeating(name, work);
    long pause = Math.max(1, millis);
    var unused =
        repeating.timer.scheduleWithFixedDelay(
            repeating::once, pause, pause, TimeUnit.MILLISECONDS);
    return repeating;
  }

  private void once() {
    try {
      work.run();
      failing = false;
    } catch (Throwable e) {
      say(e);
    }
  }

  private void say(Throwable e) {
    if (failing || timer.isShutdown()) {
      return;
    }
    failing = true;
    try {
      LOG.warn("{} failed and is tried again: {}", name, Redaction.text(e.toString()));
    } catch (Throwable unsayable) {
      failing = false; // even logging failed: no memory, or the log's disk is full
    }
  }

  /** Stops repeating. Does not wait for a repetition in progress. */
  @Override
  public void close() {
    timer.shutdown();
  }

  /** As {@link #close}, but interrupts a repetition in progress. */
  public void interrupt() {
    timer.shutdownNow();
  }

  /**
   * Waits until a repetition in progress is over.
   *
   * @return whether it is over
   */
  public boolean awaitEnd(long seconds) throws InterruptedException {
    return timer.awaitTermination(seconds, TimeUnit.SECONDS);
  }
}
