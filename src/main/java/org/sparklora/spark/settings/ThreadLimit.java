package org.sparklora.spark.settings;

import java.util.Optional;
import org.apache.spark.SparkConf;
import org.sparklora.util.InvalidInputException;

/**
 * How many threads a worker may compute with. The number of threads is part of a result's bits, so
 * a run of a larger machine may have to go on with more threads than there are cores. Beyond {@link
 * #PER_CORE} for each core it would hardly go on at all.
 */
public final class ThreadLimit {
  static final int PER_CORE = 8;

  private ThreadLimit() {}

  /** What is wrong with a number of threads of computations in this process. */
  public static Optional<String> problem(String flag, int threads) {
    return problem(flag, threads, Runtime.getRuntime().availableProcessors());
  }

  /** What is wrong with a number of threads on a machine of these cores. */
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
