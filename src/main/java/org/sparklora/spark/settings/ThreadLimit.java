package org.sparklora.spark.settings;

import java.util.Optional;
import org.apache.spark.SparkConf;
import org.sparklora.util.InvalidInputException;

/**
 * Limits the number of threads of a worker. A result's bits depend on the number of threads, so a
 * run that began on a larger machine may need more threads than this machine has cores. With more
 * than {@link #PER_CORE} threads for each core it would make almost no progress.
 */
public final class ThreadLimit {
  static final int PER_CORE = 8;

  private ThreadLimit() {}

  /** Finds the problem with a number of threads in this process; empty if there is none. */
  public static Optional<String> problem(String flag, int threads) {
    return problem(flag, threads, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Finds the problem with a number of threads on a machine with that many cores; empty if there is
   * none.
   */
  static Optional<String> problem(String flag, int threads, int cores) {
    long most = (long) PER_CORE * cores;
    return threads <= most
        ? Optional.empty()
        : Optional.of(
            "Invalid "
                + flag
                + ": "
                + threads
                + "; a worker has "
                + cores
                + (cores == 1 ? " core" : " cores")
                + ", and more than "
                + PER_CORE
                + " threads for each would only wait for one another: give at most "
                + most);
  }

  /**
   * Refuses threads that the executors cannot run, where their cores are known: those of this
   * machine in local modes, else {@code spark.executor.cores}.
   *
   * @throws InvalidInputException (CONFIGURATION) for too many
   */
  public static void require(String flag, int threads, SparkConf conf) {
    Optional<String> problem = Optional.empty();
    if (conf.get("spark.master", "").startsWith("local")) {
      problem = problem(flag, threads);
    } else if (conf.contains("spark.executor.cores")) {
      problem = problem(flag, threads, conf.getInt("spark.executor.cores", 1));
    }
    if (problem.isPresent()) {
      throw InvalidInputException.configuration(problem.get());
    }
  }
}
