package org.sparklora.cli;

import java.io.PrintStream;
import org.sparklora.cli.option.ExitCode;

/** Exit codes of a driver that are not this program's: Spark's own, and the kernel's. */
final class SparkExit {
  private static final int UNCAUGHT = 50;
  private static final int UNCAUGHT_TWICE = 51;
  private static final int OUT_OF_MEMORY = 52;
  private static final int NO_LOCAL_FOLDER = 53;
  private static final int KILLED = 137;

  private SparkExit() {}

  /**
   * Prints the meaning of such an exit code.
   *
   * @param code of the driver's process
   * @return the code to end with
   */
  static int explain(int code, PrintStream err) {
    return switch (code) {
      case OUT_OF_MEMORY ->
          say(err, "the driver ran out of memory; give it more by SPARK_DRIVER_MEMORY");
      case NO_LOCAL_FOLDER ->
          say(
              err,
              "Spark could make no folder for its files; set spark.local.dir to one that can be"
                  + " written to and has room");
      case UNCAUGHT, UNCAUGHT_TWICE -> {
        err.println("error: Cannot go on: a thread of Spark failed, see above");
        yield ExitCode.FAILED.code();
      }
      case KILLED -> {
        err.println(
            "error: Cannot go on: the driver was killed (signal 9), often because this machine ran"
                + " out of memory");
        yield code;
      }
      default -> code;
    };
  }

  private static int say(PrintStream err, String why) {
    err.println("error: Cannot go on: " + why);
    return ExitCode.RESOURCES.code();
  }
}
