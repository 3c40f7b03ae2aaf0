package org.sparklora.spark.prepare;

/** Gets the progress of the job, on the thread that runs it. */
@FunctionalInterface
public interface PrepareProgress {
  /**
   * Reports a state.
   *
   * @param done number of pictures encoded or left out so far; it never falls
   * @param total number of all pictures
   */
  void encoded(long done, long total);
}
