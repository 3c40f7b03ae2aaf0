package org.sparklora.report.event;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.util.Redaction;
import org.sparklora.util.SteadyClock;

/**
 * The thread on which a listener gets events. Its queue is bounded: if the listener cannot keep up,
 * steps and pictures are left out. The beginning and the end of a run are never left out. A
 * listener that fails is called again later, and then also gets the events that have waited.
 */
final class ListenerThread {
  /** Most steps that may wait: a minute of the fastest runs. */
  static final int MOST_STEPS = 8192;

  /** Most validations that may wait; each holds its pictures. */
  static final int MOST_VALIDATIONS = 4;

  /** Most checkpoints, incidents and the like that may wait. */
  static final int MOST_OTHERS = 8192;

  private static final Logger LOG = LoggerFactory.getLogger(ListenerThread.class);

  private final RunListener listener;
  private final String name;
  private final ExecutorService thread;
  private final ListenerRetries retries;
  private final AtomicInteger steps = new AtomicInteger();
  private final AtomicInteger validations = new AtomicInteger();
  private final AtomicInteger others = new AtomicInteger();
  private final AtomicLong leftOut = new AtomicLong();

  /** Events that the listener has not taken yet, the oldest first. Only this thread uses them. */
  private final Deque<RunEvent> untaken = new ArrayDeque<>();

  private volatile boolean broken;

  ListenerThread(RunListener listener, SteadyClock clock) {
    this.listener = listener;
    this.name = listener.getClass().getSimpleName();
    this.retries = new ListenerRetries(clock);
    this.thread =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread made = new Thread(work, "run-events-" + name);
              made.setDaemon(true);
              return made;
            });
  }

  /** Queues an event without waiting, or leaves it out if too many of its kind wait already. */
  void tell(RunEvent event) {
    if (broken || thread.isShutdown()) {
      return;
    }
    Optional<AtomicInteger> waiting = waiting(event);
    if (waiting.isPresent()) {
      if (waiting.get().get() >= most(event)) {
        leftOut.incrementAndGet();
        return;
      }
      waiting.get().incrementAndGet();
    }
    thread.execute(() -> on(event));
  }

  /** The number of events of this kind that wait; empty for those that are never left out. */
  private Optional<AtomicInteger> waiting(RunEvent event) {
    if (event instanceof RunEvent.Stepped) {
      return Optional.of(steps);
    }
    if (event instanceof RunEvent.Validated) {
      return Optional.of(validations);
    }
    return event instanceof RunEvent.Saved
            || event instanceof RunEvent.Incident
            || event instanceof RunEvent.Reached
        ? Optional.of(others)
        : Optional.empty();
  }

  private static int most(RunEvent event) {
    if (event instanceof RunEvent.Stepped) {
      return MOST_STEPS;
    }
    return event instanceof RunEvent.Validated ? MOST_VALIDATIONS : MOST_OTHERS;
  }

  private void on(RunEvent event) {
    untaken.add(event);
    if (retries.due()) {
      handOver();
    }
  }

  /** Gives the waiting events to the listener until it fails. */
  private void handOver() {
    while (!broken && !untaken.isEmpty()) {
      RunEvent event = untaken.element();
      try {
        listener.on(event);
      } catch (Throwable e) {
        afterFailure(e);
        return;
      }
      untaken.remove();
      waiting(event).ifPresent(AtomicInteger::decrementAndGet);
      if (retries.failing()) {
        LOG.info("{} works again, after {} s", name, retries.failingSeconds());
        retries.succeeded();
      }
    }
  }

  private void afterFailure(Throwable e) {
    boolean first = !retries.failing();
    if (!retries.afterFailure(e)) {
      broken = true;
      LOG.warn(
          "{} gets no more events, as it has failed {} times in a row, the run goes on: {}",
          name,
          ListenerRetries.MOST_OTHERS,
          reason(e));
      untaken.clear();
      close();
    } else if (first) {
      LOG.warn(
          "{} fails and is tried again, its events are kept meanwhile, the run goes on: {}",
          name,
          reason(e));
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
            handOver();
          }
          if (!broken) {
            if (!untaken.isEmpty()) {
              LOG.warn("{} still fails: the last {} events are lost", name, untaken.size());
            }
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
      LOG.warn(
          "{} could not keep up: {} steps, validations or other events were left out",
          name,
          leftOut);
    }
  }
}
