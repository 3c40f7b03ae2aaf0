package org.sparklora.report;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.sparklora.util.Times;

/** One line about the drawing of pictures; see {@link LiveLine}. */
public final class PictureProgress {
  private final LiveLine line;
  private final String what;
  private final long pictures;
  private final LongSupplier nanoTime;
  private long began;
  private double atFirst;
  private boolean hasFirst;

  /**
   * @param terminal whether {@code out} is one, see {@link ProgressLine#isTerminal()}
   * @param pictures in all
   */
  public PictureProgress(PrintStream out, boolean terminal, long pictures) {
    this(out, terminal, "drawn", pictures, System::nanoTime);
  }

  /** Makes a line with another verb than {@code drawn}, such as {@code encoded}. */
  public PictureProgress(PrintStream out, boolean terminal, String what, long pictures) {
    this(out, terminal, what, pictures, System::nanoTime);
  }

  PictureProgress(
      PrintStream out, boolean terminal, String what, long pictures, LongSupplier nanoTime) {
    this.what = what;
    this.line = new LiveLine(out, terminal, nanoTime);
    this.pictures = pictures;
    this.nanoTime = nanoTime;
  }

  /**
   * Records a sampling step, and prints the line if it is due.
   *
   * @param drawn pictures that are done
   * @param atOnce pictures that are drawn together
   */
  public void onStep(long drawn, int atOnce, int step, int steps) {
    if (line.isDue()) {
      String text = "picture " + (drawn + 1) + "/" + pictures + "  step " + step + "/" + steps;
      double done = drawn + (double) atOnce * step / steps;
      line.print(text + speed(done), done / pictures, false);
    }
  }

  /** Records how many pictures are done. Prints the line if it is due, and at the last picture. */
  public void onPictures(long drawn) {
    boolean last = drawn >= pictures;
    if (last || line.isDue()) {
      String text = what + " " + drawn + "/" + pictures + " pictures";
      line.print(text + speed((double) drawn), (double) drawn / pictures, last);
    }
  }

  private String speed(double drawn) {
    if (!hasFirst && drawn > 0) { // the time before the first picture was spent on the start
      began = nanoTime.getAsLong();
      atFirst = drawn;
      hasFirst = true;
    }
    double seconds = (nanoTime.getAsLong() - began) / 1e9;
    double since = drawn - atFirst;
    if (since <= 0 || seconds <= 0) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        "  %.2f pictures/s  %s left",
        since / seconds,
        Times.span(Math.round((pictures - drawn) * seconds / since)));
  }
}
