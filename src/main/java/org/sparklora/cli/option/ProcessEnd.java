package org.sparklora.cli.option;

import org.apache.spark.SparkUserAppException;

/** How a process with Spark ends, so that whoever started it is told the exit code. */
public final class ProcessEnd {
  private ProcessEnd() {}

  /**
   * Ends the process, or, in YARN's cluster mode, returns: YARN's application master runs the
   * driver, and takes {@code System.exit} for a failure, whatever the code.
   *
   * @throws SparkUserAppException in YARN's cluster mode, for other codes than 0: it becomes the
   *     diagnostics "User application exited with status CODE"
   */
  public static void with(int code) throws SparkUserAppException {
    if (!isYarnCluster()) {
      System.exit(code);
    }
    if (code != ExitCode.OK.code()) {
      throw new SparkUserAppException(code, null);
    }
  }

  /** The application master says so by these properties. */
  private static boolean isYarnCluster() {
    return "yarn".equals(System.getProperty("spark.master"))
        && "cluster".equals(System.getProperty("spark.submit.deployMode"));
  }
}
