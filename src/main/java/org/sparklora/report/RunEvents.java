package org.sparklora.report;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.Redaction;

/** Hands a run's events to its listeners, in order, on a thread of their own. */
public final class RunEvents implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunEvents.class);

  /** What listeners may take for the last events, so that a tracker's server holds nobody up. */
  private static final long DRAIN_SECONDS = 60;

  private final List<RunListener> listeners;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "run-events");
            thread.setDaemon(true);
            return thread;
          });

  public RunEvents(List<RunListener> listeners) {
    this.listeners = new ArrayList<>(listeners);
  }

  /** Takes an event; does not wait. */
  public void add(RunEvent event) {
    thread.execute(() -> listeners.removeIf(listener -> !tell(listener, event)));
  }

  private static boolean tell(RunListener listener, RunEvent event) {
    try {
      listener.on(event);
      return true;
    } catch (RuntimeException e) {
      LOG.warn(
          "{} is told nothing more, the run goes on: {}",
          listener.getClass().getSimpleName(),
          Redaction.text(String.valueOf(e.getMessage())));
      close(listener);
      return false;
    }
  }

  private static void close(RunListener listener) {
    try {
      listener.close();
    } catch (RuntimeException e) {
      LOG.warn(
          "{} did not close: {}",
          listener.getClass().getSimpleName(),
          Redaction.text(String.valueOf(e.getMessage())));
    }
  }

  /** Waits, within reason, until the listeners have been told everything, and closes them. */
  @Override
  public void close() {
    thread.execute(() -> listeners.forEach(RunEvents::close));
    thread.shutdown();
    try {
      if (!thread.awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("Trackers and report were not done within {} s", DRAIN_SECONDS);
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      thread.shutdownNow();
    }
  }
}
