package org.sparklora.hub;

import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs the progress of a file's transfer: at the beginning, at the end, and every ten seconds in
 * between.
 */
public final class TransferProgress {
  private static final Logger LOG = LoggerFactory.getLogger(TransferProgress.class);
  private static final long EVERY_NANOS = 10_000_000_000L;
  private static final double MIB = 1 << 20;

  private final String what;
  private final long size;
  private final long begin = System.nanoTime();
  private final long already;
  private long done;
  private long toldNanos = begin;

  private TransferProgress(String what, long size, long already) {
    this.what = what;
    this.size = size;
    this.already = already;
    this.done = already;
  }

  /**
   * Logs the beginning.
   *
   * @param what the words of the log line, such as "Downloading unet/config.json of a/b"
   * @param already transferred by an earlier attempt, in bytes
   */
  public static TransferProgress begin(String what, long size, long already) {
    String kept = already > 0 ? String.format(Locale.ROOT, ", %.1f are here", already / MIB) : "";
    LOG.info("{}: {} MiB{}", what, String.format(Locale.ROOT, "%.1f", size / MIB), kept);
    return new TransferProgress(what, size, already);
  }

  public void add(long bytes) {
    done += bytes;
    if (System.nanoTime() - toldNanos > EVERY_NANOS) {
      toldNanos = System.nanoTime();
      tell();
    }
  }

  /** Logs the end, when all bytes have been transferred. */
  public void end() {
    if (System.nanoTime() - begin > EVERY_NANOS) {
      tell();
    }
  }

  private void tell() {
    double seconds = (System.nanoTime() - begin) / 1e9;
    LOG.info(
        "{}: {}",
        what,
        String.format(
            Locale.ROOT,
            "%.0f%% of %.1f MiB, %.1f MiB/s",
            100.0 * done / Math.max(1, size),
            size / MIB,
            (done - already) / MIB / seconds));
  }
}
