package org.sparklora.cli.option;

import org.apache.spark.SparkUserAppException;

/** Ends a process with Spark so that its starter gets the exit code. */
public final class ProcessEnd {
  private ProcessEnd() {}

  /**
   * Ends the process. In YARN's cluster mode it returns or throws instead, because YARN's
   * application master runs the driver and takes every {@code System.exit} for a failure.
   *
   * @throws SparkUserAppException in YARN's cluster mode, for other codes than 0: YARN then shows
   *     the diagnostics "User application exited with status CODE"
   */
  public static void with(int code) throws SparkUserAppException {
    if (!isYarnCluster()) {
      System.exit(code);
    }
    if (code != ExitCode.OK.code()) {
      throw new SparkUserAppException(code, null);
    }
  }

  /**
   * Whether the driver runs in YARN's cluster mode; the application master sets these properties.
   */
  private static boolean isYarnCluster() {
    return "yarn".equals(System.getProperty("spark.master"))
        && "cluster".equals(System.getProperty("spark.submit.deployMode"));
  }
}
