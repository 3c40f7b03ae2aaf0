package org.sparklora.report.event;

import java.io.IOException;
import java.time.Duration;
import org.sparklora.util.SteadyClock;

/**
 * Decides when a listener that has failed is called again: after a second, and after twice as long
 * each time it fails again, up to a minute. Disks and networks recover, so their failures never end
 * it. Any other failure ends it once it has come {@value #MOST_OTHERS} times in a row.
 */
final class ListenerRetries {
  static final int MOST_OTHERS = 5;

  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private final SteadyClock clock;
  private Duration pause = Duration.ZERO;
  private long failedAt;
  private long failingSince;
  private int others;

  ListenerRetries(SteadyClock clock) {
    this.clock = clock;
  }

  /** Whether the last try has failed. */
  boolean failing() {
    return !pause.isZero();
  }

  boolean due() {
    return !failing() || clock.nanos() - failedAt >= pause.toNanos();
  }

  /**
   * Counts a failure.
   *
   * @return whether there is a next try
   */
  boolean afterFailure(Throwable e) {
    failedAt = clock.nanos();
    if (!failing()) {
      failingSince = failedAt;
      pause = FIRST;
    } else {
      pause = pause.multipliedBy(2);
      pause = pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
    }
    others = isOfDiskOrNetwork(e) ? 0 : others + 1;
    return others < MOST_OTHERS;
  }

  /** Counts a success. */
  void succeeded() {
    pause = Duration.ZERO;
    others = 0;
  }

  long failingSeconds() {
    return Duration.ofNanos(clock.nanos() - failingSince).toSeconds();
  }

  /**
   * Whether the failure is one of a disk or a network. Hadoop's FSError is an Error whose cause is
   * the disk's exception.
   */
  private static boolean isOfDiskOrNetwork(Throwable e) {
    int depth = 0;
    for (Throwable cause = e; cause != null && depth < 20; cause = cause.getCause()) {
      if (cause instanceof IOException) {
        return true;
      }
      depth++;
    }
    return false;
  }
}
