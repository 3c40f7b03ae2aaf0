package org.sparklora.spark;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says every few seconds how many pictures are encoded. */
final class PrepareProgress implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PrepareProgress.class);
  private static final long EVERY_SECONDS = 5;

  private final LongSupplier done;
  private final long total;
  private final long began = System.nanoTime();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "prepare-progress");
            thread.setDaemon(true);
            return thread;
          });

  PrepareProgress(LongSupplier done, long total) {
    this.done = done;
    this.total = total;
    var unused =
        clock.scheduleAtFixedRate(this::say, EVERY_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);
  }

  /** Says the end result. */
  void finish() {
    say();
  }

  private void say() {
    long count = done.getAsLong();
    double seconds = (System.nanoTime() - began) / 1e9;
    LOG.info(
        "Encoded {} of {} pictures, {} images/s",
        count,
        total,
        String.format(java.util.Locale.ROOT, "%.1f", count / seconds));
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
