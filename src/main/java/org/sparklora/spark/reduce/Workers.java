package org.sparklora.spark.reduce;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.sparklora.train.step.AdapterState;

/** Where the workers of a segment come from. */
interface Workers extends AutoCloseable {
  /** Returns the number of workers that can run at once now. */
  int slots();

  /**
   * Returns the number of workers that can run at once when all requested executors have arrived.
   */
  int expectedSlots();

  /**
   * Whether an executor will be taken away, as Spark has been told: its node is decommissioned. Its
   * slots are not counted any more.
   */
  boolean isLeaving(String executor);

  /**
   * Starts workers for a segment. Each of them talks to the segment until that is over.
   *
   * @param workers number of them
   * @param endStep the first step that is not of the segment, for people
   */
  Job start(Segment segment, int workers, long endStep);

  /**
   * The losses of batches of held-out samples, in their order.
   *
   * @param slots how many tasks may compute at once
   */
  List<Double> heldOutLosses(AdapterState state, int batches, int slots)
      throws ExecutionException, InterruptedException, TimeoutException;

  /**
   * Returns the number of connections that were closed because they did not show that they belong
   * to this run.
   */
  long strangersClosed();

  /** Workers that were started together. */
  interface Job {
    /**
     * Waits for the workers' end.
     *
     * @param millis longest wait
     * @return whether all have left
     * @throws ExecutionException when one of them has failed for good
     */
    boolean await(long millis) throws ExecutionException, InterruptedException;

    /** Cancels the workers that have not left. */
    void cancel();
  }

  @Override
  void close();
}
