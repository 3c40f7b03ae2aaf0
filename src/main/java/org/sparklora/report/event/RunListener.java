package org.sparklora.report.event;

/**
 * Gets a run's events in order, on one thread that no step waits for. If it throws, the run goes
 * on. The listener later gets the same event again, and then the events that came in the meantime.
 */
public interface RunListener extends AutoCloseable {
  void on(RunEvent event);

  /** No more events will come. */
  @Override
  default void close() {}
}
