package org.sparklora.spark;

import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.spark.prepare.PrepareProgress;

/** Logs every few seconds how far the encoding is. */
final class PrepareLog implements PrepareProgress {
  private static final Logger LOG = LoggerFactory.getLogger(PrepareLog.class);
  private static final double EVERY_SECONDS = 10;

  private final long began = System.nanoTime();
  private double said;

  @Override
  public void encoded(long done, long total) {
    double now = (System.nanoTime() - began) / 1e9;
    if (done == 0 || now - said < EVERY_SECONDS) {
      return;
    }
    said = now;
    double rate = done / now;
    LOG.info(
        "Encoding pictures: {} of {}, {} a second, {} s left",
        done,
        total,
        String.format(Locale.ROOT, "%.1f", rate),
        Math.round((total - done) / rate));
  }
}
