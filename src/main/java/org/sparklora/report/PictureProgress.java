package org.sparklora.report;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/** One line on how the drawing of pictures goes; see {@link LiveLine}. */
public final class PictureProgress {
  private final LiveLine line;
  private final long pictures;
  private final LongSupplier nanoTime;
  private final long began;

  /**
   * @param terminal whether {@code out} is one, see {@link ProgressLine#isTerminal()}
   * @param pictures in all
   */
  public PictureProgress(PrintStream out, boolean terminal, long pictures) {
    this(out, terminal, pictures, System::nanoTime);
  }

  PictureProgress(PrintStream out, boolean terminal, long pictures, LongSupplier nanoTime) {
    this.line = new LiveLine(out, terminal, nanoTime);
    this.pictures = pictures;
    this.nanoTime = nanoTime;
    this.began = nanoTime.getAsLong();
  }

  /**
   * Takes a sampling step and prints the line when it is due.
   *
   * @param drawn pictures that are done
   * @param atOnce pictures that the step is of
   */
  public void onStep(long drawn, int atOnce, int step, int steps) {
    if (line.isDue()) {
      String text = "picture " + (drawn + 1) + "/" + pictures + "  step " + step + "/" + steps;
      line.print(text + speed(drawn + (double) atOnce * step / steps), false);
    }
  }

  /** Takes how many pictures are done, and prints that when it is due, and at the last one. */
  public void onPictures(long drawn) {
    boolean last = drawn >= pictures;
    if (last || line.isDue()) {
      line.print("drawn " + drawn + "/" + pictures + " pictures" + speed((double) drawn), last);
    }
  }

  private String speed(double drawn) {
    double seconds = (nanoTime.getAsLong() - began) / 1e9;
    if (drawn <= 0 || seconds <= 0) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        "  %.2f pictures/s  %s left",
        drawn / seconds,
        LiveLine.duration(Math.round((pictures - drawn) * seconds / drawn)));
  }
}
