package org.sparklora.spark.generate;

import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;
import org.sparklora.report.PictureProgress;
import org.sparklora.report.ProgressLine;
import org.sparklora.spark.prepare.RunningImages;
import org.sparklora.util.Repeating;

/** Shows the progress of a Spark job that draws pictures, until it is closed. */
final class DrawingProgress implements AutoCloseable {
  private static final long POLL_MILLIS = 200;

  private final SparkContext spark;
  private final RunningImages running;
  private final PictureProgress progress;
  private final long pictures;
  private final Repeating poll;

  /**
   * Begins to show the progress.
   *
   * @param drawn counts pictures
   * @param pictures in all
   */
  DrawingProgress(SparkContext spark, LongAccumulator drawn, long pictures) {
    this.spark = spark;
    this.pictures = pictures;
    this.running = new RunningImages(drawn.id());
    this.progress = new PictureProgress(System.err, ProgressLine.isTerminal(), pictures);
    spark.addSparkListener(running);
    // The last state is printed after everything is written.
    poll =
        Repeating.every(
            POLL_MILLIS,
            "picture-progress",
            () -> progress.onPictures(Math.min(drawn.value() + running.done(), pictures - 1)));
  }

  /** Shows that all is done. */
  void finish() {
    close();
    progress.onPictures(pictures);
  }

  @Override
  public void close() {
    poll.interrupt();
    spark.removeSparkListener(running);
  }
}
