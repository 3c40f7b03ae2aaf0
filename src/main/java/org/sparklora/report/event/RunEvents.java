package org.sparklora.report.event;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.sparklora.util.SteadyClock;

/**
 * Hands a run's events to its listeners in order. Each listener has a thread of its own, so one
 * that waits for its server delays no step and no other listener.
 */
public final class RunEvents implements AutoCloseable {
  /**
   * Seconds that listeners get for the last events, so that a tracker's server cannot hold up the
   * run.
   */
  private static final long DRAIN_SECONDS = 60;

  private final List<ListenerThread> listeners;
  private final long drainSeconds;
  private boolean ended;

  public RunEvents(List<RunListener> listeners) {
    this(listeners, DRAIN_SECONDS, SteadyClock.SYSTEM);
  }

  /**
   * Makes a queue with a given clock.
   *
   * @param drainSeconds how long listeners get for the last events
   * @param clock tells when a listener that has failed is tried again
   */
  public RunEvents(List<RunListener> listeners, long drainSeconds, SteadyClock clock) {
    this.listeners =
        listeners.stream().map(listener -> new ListenerThread(listener, clock)).toList();
    this.drainSeconds = drainSeconds;
  }

  /** Queues an event without waiting. Events after the one that ends a run are ignored. */
  public synchronized void add(RunEvent event) {
    if (ended) {
      return;
    }
    ended =
        event instanceof RunEvent.Finished
            || event instanceof RunEvent.Failed
            || event instanceof RunEvent.Killed;
    listeners.forEach(listener -> listener.tell(event));
  }

  /** Waits for a limited time until the listeners have got all events, and closes them. */
  @Override
  public void close() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(drainSeconds);
    listeners.forEach(ListenerThread::end);
    listeners.forEach(listener -> listener.await(deadline));
  }
}
