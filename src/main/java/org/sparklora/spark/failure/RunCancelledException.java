package org.sparklora.spark.failure;

import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.apache.spark.SparkThrowable;

/**
 * A Spark job of the run was cancelled: by a notebook that cancelled its cell's job group, or by a
 * user in Spark's UI. The run then ends as after a signal.
 */
public final class RunCancelledException extends CancellationException {
  private static final long serialVersionUID = 1L;

  /** The error condition by which Spark marks a cancelled job. */
  private static final String CONDITION = "SPARK_JOB_CANCELLED";

  private static final int MOST_CAUSES = 20;

  private RunCancelledException(long step, Throwable cause) {
    super(
        "The run was cancelled at step "
            + step
            + ": "
            + cause.getMessage()
            + "; --resume_from_checkpoint=latest goes on");
    initCause(cause);
  }

  /**
   * Throws this if a job failed because it was cancelled.
   *
   * @param step number of steps completed
   * @param failure of the job
   */
  public static void throwIfCancelled(long step, Throwable failure) {
    Optional<Throwable> cancelled = cancelled(failure);
    if (cancelled.isPresent()) {
      throw new RunCancelledException(step, cancelled.get());
    }
  }

  private static Optional<Throwable> cancelled(Throwable failure) {
    Throwable cause = failure;
    for (int i = 0; cause != null && i < MOST_CAUSES; i++) {
      if (cause instanceof SparkThrowable spark && CONDITION.equals(spark.getCondition())) {
        return Optional.of(cause);
      }
      cause = cause.getCause();
    }
    return Optional.empty();
  }
}
