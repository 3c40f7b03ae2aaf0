package org.sparklora.report.event;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.util.Redaction;

/**
 * The thread on which a listener gets events. Its queue is bounded: if the listener cannot keep up,
 * steps and pictures are left out. The beginning and the end of a run, checkpoints and the like are
 * never left out.
 */
final class ListenerThread {
  /** Most steps that may wait: a minute of the fastest runs. */
  static final int MOST_STEPS = 8192;

  /** Most validations that may wait; each holds its pictures. */
  static final int MOST_VALIDATIONS = 4;

  private static final Logger LOG = LoggerFactory.getLogger(ListenerThread.class);

  private final RunListener listener;
  private final String name;
  private final ExecutorService thread;
  private final AtomicInteger steps = new AtomicInteger();
  private final AtomicInteger validations = new AtomicInteger();
  private final AtomicLong leftOut = new AtomicLong();
  private volatile boolean broken;

  ListenerThread(RunListener listener) {
    this.listener = listener;
    this.name = listener.getClass().getSimpleName();
    this.thread =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread made = new Thread(work, "run-events-" + name);
              made.setDaemon(true);
              return made;
            });
  }

  /** Queues an event without waiting. */
  void tell(RunEvent event) {
    if (broken || thread.isShutdown()) {
      return;
    }
    if (event instanceof RunEvent.Stepped) {
      tell(event, steps, MOST_STEPS);
    } else if (event instanceof RunEvent.Validated) {
      tell(event, validations, MOST_VALIDATIONS);
    } else {
      thread.execute(() -> on(event));
    }
  }

  private void tell(RunEvent event, AtomicInteger waiting, int most) {
    if (waiting.get() >= most) {
      leftOut.incrementAndGet();
      return;
    }
    waiting.incrementAndGet();
    thread.execute(
        () -> {
          waiting.decrementAndGet();
          on(event);
        });
  }

  private void on(RunEvent event) {
    if (broken) {
      return;
    }
    try {
      listener.on(event);
    } catch (Throwable e) {
      broken = true;
      LOG.warn("{} gets no more events, the run goes on: {}", name, reason(e));
      close();
    }
  }

  private void close() {
    try {
      listener.close();
    } catch (Throwable e) {
      LOG.warn("{} did not close: {}", name, reason(e));
    }
  }

  private static String reason(Throwable e) {
    return Redaction.text(e.getMessage() == null ? e.toString() : e.getMessage());
  }

  /** Closes the listener once it has got all queued events. Does not wait for that. */
  void end() {
    if (thread.isShutdown()) {
      return;
    }
    thread.execute(
        () -> {
          if (!broken) {
            close();
          }
        });
    thread.shutdown();
  }

  /**
   * Waits until it is closed.
   *
   * @param deadline in the time of {@link System#nanoTime()}
   */
  void await(long deadline) {
    try {
      if (!thread.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        LOG.warn("{} did not get through all events in time", name);
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      thread.shutdownNow();
    }
    if (leftOut.get() > 0) {
      LOG.warn("{} could not keep up: {} steps or validations were left out", name, leftOut);
    }
  }
}
