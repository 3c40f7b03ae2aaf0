package org.sparklora.util;

/** Time that only goes forward, whatever the clock on the wall is set to. */
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
