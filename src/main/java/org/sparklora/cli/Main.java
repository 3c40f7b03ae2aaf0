package org.sparklora.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.sparklora.cli.config.SparkDefaults;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.ProcessEnd;
import org.sparklora.report.TerminalStream;
import org.sparklora.spark.settings.ToldToEnd;
import org.sparklora.util.FirstCause;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.Redaction;
import org.sparklora.util.StarterProcess;

/** The application: {@code spark-submit spark-lora.jar COMMAND}, or {@code java -jar}. */
public final class Main {
  private Main() {}

  /**
   * Runs the application. It may throw the exception of {@link ProcessEnd}. That exception's class
   * is Spark's, so the signature does not name it.
   */
  public static void main(String[] args) throws Exception {
    // Hadoop's S3A writes byte ranges in the digits of the default locale.
    Locale.setDefault(Locale.ROOT);
    if (!EmbeddedLaunch.isNeeded()) {
      TerminalStream.install(); // before the log keeps references to the streams
    }
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int code = run(out, err, args);
    if (EmbeddedLaunch.isNeeded()) {
      System.exit(code);
    }
    ProcessEnd.with(code);
  }

  /** Whether this process can run the command without Spark. */
  private static boolean runsHere(String... args) {
    return SelfContained.is(args)
        || (SelfContained.isForFiles(args) && !EmbeddedLaunch.isPossible());
  }

  /** Runs a command in this process, or, if this one has no Spark, in a process that has it. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    EmbeddedLaunch.endWithStarter();
    try {
      ProcessEncoding.requireReadable(args);
      if (StarterProcess.isKnown()) {
        SparkDefaults.applyToJavaJar(System.getenv(), System.getProperties());
      }
      if (EmbeddedLaunch.isNeeded()) {
        return runsHere(args)
            ? Application.run(out, err, args)
            : EmbeddedLaunch.besideThisJar().run(args);
      }
      ToldToEnd.prepare();
      QuietLog.setUp(); // after Spark's first log line, at which Spark sets its default up
      return Application.run(out, err, args);
    } catch (InvalidInputException e) {
      e.problems().forEach(problem -> err.println("error: " + problem));
      return ExitCode.of(e.kind()).code();
    } catch (OutOfMemoryError e) {
      err.println(
          "error: Cannot go on: the driver ran out of memory ("
              + e.getMessage()
              + "); give it more by SPARK_DRIVER_MEMORY, or --driver-memory of spark-submit");
      return ExitCode.RESOURCES.code();
    } catch (RuntimeException | Error e) {
      if (e instanceof NoClassDefFoundError && EmbeddedLaunch.isNeeded()) {
        err.println(
            "error: Missing Spark: the jar alone reads and writes files of this machine; run it"
                + " with spark-submit");
        return ExitCode.RESOURCES.code();
      }
      err.println("error: " + Redaction.text(FirstCause.of(e)));
      return ExitCode.FAILED.code();
    }
  }
}
