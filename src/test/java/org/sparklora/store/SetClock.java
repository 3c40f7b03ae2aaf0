package org.sparklora.store;

import java.time.Duration;
import org.sparklora.util.SteadyClock;

/** A clock that passes when somebody sleeps, or when it is told to. */
final class SetClock implements SteadyClock {
  private long nanos = Long.MAX_VALUE - 10; // it may overflow meanwhile

  @Override
  public synchronized long nanos() {
    return nanos;
  }

  @Override
  public void sleep(long millis) {
    pass(Duration.ofMillis(millis));
  }

  synchronized void pass(Duration duration) {
    nanos += duration.toNanos();
  }
}
