package org.sparklora.report;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * A terminal that shows a line of progress. Any other output, such as a line of the log, first
 * clears the progress, so the two never share a line.
 */
public final class TerminalStream extends PrintStream {
  /** Back to the first column; clear to the end of the line. */
  private static final String CLEAR = "\r\033[K";

  /** Switches wrapping off, so that a line that is too long ends at the terminal's edge. */
  private static final String NO_WRAP = "\033[?7l";

  private static final String WRAP = "\033[?7h";

  private final Guarded guarded;

  private TerminalStream(Guarded guarded) {
    super(guarded, true, StandardCharsets.UTF_8);
    this.guarded = guarded;
  }

  /** Whether progress is shown now; the two streams of a terminal share this. */
  private static final class Shared {
    private boolean open;
  }

  /** Clears the progress before anything is written. */
  private static final class Guarded extends FilterOutputStream {
    private final Shared shared;

    Guarded(OutputStream out, Shared shared) {
      super(out);
      this.shared = shared;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      synchronized (shared) {
        if (shared.open && length > 0) {
          out.write(CLEAR.getBytes(StandardCharsets.US_ASCII));
          shared.open = false;
        }
        out.write(bytes, from, length);
      }
    }

    /**
     * Shows progress. It does not take the lock of the outer stream, whose writers hold that lock
     * when they come here.
     */
    void progress(String line, boolean last) throws IOException {
      String text = CLEAR + NO_WRAP + line + WRAP + (last ? System.lineSeparator() : "");
      synchronized (shared) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
        shared.open = !last;
      }
    }
  }

  /** Replaces this process's two output streams by such streams, if they go to a terminal. */
  public static void install() {
    if (ProgressLine.isTerminal()) {
      Shared shared = new Shared();
      System.setOut(of(System.out, shared));
      System.setErr(of(System.err, shared));
    }
  }

  /** Makes a single stream. */
  static TerminalStream of(OutputStream out) {
    return of(out, new Shared());
  }

  private static TerminalStream of(OutputStream out, Shared shared) {
    return new TerminalStream(new Guarded(out, shared));
  }

  /**
   * Shows progress in place of the line before.
   *
   * @param last whether the line stays
   */
  void progress(String line, boolean last) {
    try {
      guarded.progress(line, last);
    } catch (IOException e) {
      setError(); // as a PrintStream does
    }
  }
}
