package org.sparklora.spark.reduce;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.sparklora.train.step.AdapterState;

/** Where the workers of a segment come from. */
interface Workers extends AutoCloseable {
  /** How many can run at once. */
  int slots();

  /** How many will be able to, as far as was asked for. */
  int expectedSlots();

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

  /** How many connections were closed since they did not show that they belong to this run. */
  long strangersClosed();

  /** Workers that were started together. */
  interface Job {
    /**
     * Waits for their end.
     *
     * @return whether all have left
     * @throws ExecutionException when one of them has failed for good
     */
    boolean await(long millis) throws ExecutionException, InterruptedException;

    /** Ends them, if they have not left. */
    void cancel();
  }

  @Override
  void close();
}
