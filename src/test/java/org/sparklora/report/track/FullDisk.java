package org.sparklora.report.track;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunEvents;
import org.sparklora.report.event.RunListener;
import org.sparklora.report.event.TickingClock;
import org.sparklora.store.FaultyDisk;

/** A disk on which some attempts to write fail from a validation on, and then no more. */
final class FullDisk implements FaultyDisk.Check {
  private static final Set<String> WRITING = Set.of("create", "write", "sync");

  private final long step;
  private final AtomicInteger failures;
  private final AtomicInteger left = new AtomicInteger();
  private volatile String of = "";

  /**
   * A disk.
   *
   * @param step of the validation
   * @param failures number of them
   */
  FullDisk(long step, int failures) {
    this.step = step;
    this.failures = new AtomicInteger(failures);
  }

  Configuration configuration() {
    return FaultyDisk.configuration(this);
  }

  /** Lets writes of some files fail from now on. */
  void failWritesOf(String name, int writes) {
    of = name;
    left.set(writes);
  }

  @Override
  public void before(String operation, Path path) {
    if (WRITING.contains(operation)
        && path.getName().contains(of)
        && left.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      throw FaultyDisk.full();
    }
  }

  /** A run's events on their way to a tracker that writes to this disk. */
  RunEvents events(RunListener tracker) {
    RunListener watched =
        new RunListener() {
          @Override
          public void on(RunEvent event) {
            if (event instanceof RunEvent.Validated validated && validated.step() == step) {
              left.addAndGet(failures.getAndSet(0));
            }
            tracker.on(event);
          }

          @Override
          public void close() {
            tracker.close();
          }
        };
    return new RunEvents(List.of(watched), 60, new TickingClock(60));
  }
}
