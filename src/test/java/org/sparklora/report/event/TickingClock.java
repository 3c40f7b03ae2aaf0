package org.sparklora.report.event;

import java.time.Duration;
import org.sparklora.util.SteadyClock;

/** A clock that goes on by some seconds whenever it is looked at, or when somebody sleeps. */
public final class TickingClock implements SteadyClock {
  private final long seconds;
  private long nanos = Long.MAX_VALUE - 10; // it may overflow meanwhile

  public TickingClock(long seconds) {
    this.seconds = seconds;
  }

  @Override
  public synchronized long nanos() {
    nanos += Duration.ofSeconds(seconds).toNanos();
    return nanos;
  }

  @Override
  public synchronized void sleep(long millis) {
    nanos += Duration.ofMillis(millis).toNanos();
  }
}
