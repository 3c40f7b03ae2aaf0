package org.sparklora.report.event;

/**
 * Told of a run's events, in order, on one thread that no step waits for. Whatever it throws ends
 * its own part in the run, not the run.
 */
public interface RunListener extends AutoCloseable {
  void on(RunEvent event);

  /** No more events will come. */
  @Override
  default void close() {}
}
