package org.sparklora.spark.run;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.sparklora.report.ElapsedLine;
import org.sparklora.report.ProgressLine;

/** Waits for work whose progress is unknown, and shows the time that has passed. */
public final class Patience {
  private static final long LOOK_EVERY_SECONDS = 1;

  private Patience() {}

  /**
   * Waits for the work's result.
   *
   * @param most seconds to wait
   * @param what the name of the work, for the line that is shown
   */
  public static <T> T await(Future<T> work, long most, String what)
      throws ExecutionException, InterruptedException, TimeoutException {
    ElapsedLine line = new ElapsedLine(System.err, ProgressLine.isTerminal(), what);
    for (long waited = 0; waited < most; waited += LOOK_EVERY_SECONDS) {
      try {
        T result = work.get(LOOK_EVERY_SECONDS, TimeUnit.SECONDS);
        line.end();
        return result;
      } catch (TimeoutException e) {
        line.show();
      }
    }
    throw new TimeoutException("no result after " + most + " s (see --worker_timeout)");
  }
}
