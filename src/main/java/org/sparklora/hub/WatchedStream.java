package org.sparklora.hub;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** The body of an answer. It ends with an error when no bytes come for a while. */
final class WatchedStream extends FilterInputStream {
  private static final ScheduledExecutorService WATCH =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "hub-watch");
            thread.setDaemon(true);
            return thread;
          });

  private final Duration patience;
  private final ScheduledFuture<?> watching;
  private volatile long lastNanos = System.nanoTime();
  private volatile boolean stalled;

  WatchedStream(InputStream in, Duration patience) {
    super(in);
    this.patience = patience;
    long look = Math.max(1, patience.toMillis() / 4);
    this.watching = WATCH.scheduleWithFixedDelay(this::look, look, look, TimeUnit.MILLISECONDS);
  }

  private void look() {
    if (System.nanoTime() - lastNanos > patience.toNanos()) {
      stalled = true;
      try {
        in.close();
      } catch (IOException | RuntimeException | Error e) {
        // The next check tries again, and the reader gets the error.
      }
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    lastNanos = System.nanoTime();
    int read = in.read(bytes, offset, length);
    lastNanos = System.nanoTime();
    if (stalled) {
      throw new IOException("nothing came for " + patience.toSeconds() + " s");
    }
    return read;
  }

  @Override
  public void close() throws IOException {
    watching.cancel(false);
    in.close();
  }
}
