package org.sparklora.util;

/** A clock that only goes forward, even if the system's time is set. */
public interface SteadyClock {
  SteadyClock SYSTEM =
      new SteadyClock() {
        @Override
        public long nanos() {
          return System.nanoTime();
        }

        @Override
        public void sleep(long millis) throws InterruptedException {
          Thread.sleep(millis);
        }
      };

  /** As {@link System#nanoTime}. */
  long nanos();

  void sleep(long millis) throws InterruptedException;
}
