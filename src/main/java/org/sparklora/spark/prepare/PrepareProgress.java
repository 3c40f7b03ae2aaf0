package org.sparklora.spark.prepare;

/** Is told how far the job is, on the thread that runs it. */
@FunctionalInterface
public interface PrepareProgress {
  /**
   * Reports a state.
   *
   * @param done pictures encoded or left out so far; never falls
   * @param total pictures in all
   */
  void encoded(long done, long total);
}
