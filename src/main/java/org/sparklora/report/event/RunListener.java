package org.sparklora.report.event;

/**
 * Gets a run's events in order, on one thread that no step waits for. If it throws, it gets the
 * same event again later, and then those that have come meanwhile. The run goes on.
 */
public interface RunListener extends AutoCloseable {
  void on(RunEvent event);

  /** No more events will come. */
  @Override
  default void close() {}
}
