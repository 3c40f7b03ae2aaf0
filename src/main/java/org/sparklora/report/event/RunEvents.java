package org.sparklora.report.event;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Hands a run's events to its listeners, in order, each on a thread of its own: one that waits for
 * its server keeps nobody waiting, no step and no other listener.
 */
public final class RunEvents implements AutoCloseable {
  /** What listeners may take for the last events, so that a tracker's server holds nobody up. */
  private static final long DRAIN_SECONDS = 60;

  private final List<ListenerThread> listeners;
  private final long drainSeconds;
  private boolean ended;

  public RunEvents(List<RunListener> listeners) {
    this(listeners, DRAIN_SECONDS);
  }

  RunEvents(List<RunListener> listeners, long drainSeconds) {
    this.listeners = listeners.stream().map(ListenerThread::new).toList();
    this.drainSeconds = drainSeconds;
  }

  /** Takes an event; does not wait. After the event that ends a run, there are no more. */
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

  /** Waits, within reason, until the listeners have been told everything, and closes them. */
  @Override
  public void close() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(drainSeconds);
    listeners.forEach(ListenerThread::end);
    listeners.forEach(listener -> listener.await(deadline));
  }
}
