package org.sparklora.spark.prepare;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.report.PictureProgress;
import org.sparklora.report.ProgressLine;
import org.sparklora.util.Count;

/** Logs the progress of encoding. */
final class PrepareLog implements PrepareProgress {
  private static final Logger LOG = LoggerFactory.getLogger(PrepareLog.class);

  /** Whether the last line has been printed. */
  private boolean said;

  private Optional<PictureProgress> line = Optional.empty();

  @Override
  public void encoded(long done, long total) {
    if (line.isEmpty()) {
      LOG.info("Encoding {}", Count.of(total, "picture"));
      line =
          Optional.of(new PictureProgress(System.err, ProgressLine.isTerminal(), "encoded", total));
    }
    if (done > 0 && !said) {
      line.get().onPictures(done);
      said = done >= total;
    }
  }
}
