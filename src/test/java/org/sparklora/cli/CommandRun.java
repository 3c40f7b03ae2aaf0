package org.sparklora.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.sparklora.spark.SparkTestSession;

/**
 * A command line that was run in this process.
 *
 * @param code what the process would have ended with
 */
public record CommandRun(int code, String out, String err) {
  public static CommandRun of(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] texts = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      texts[i] = args[i].toString();
    }
    SparkTestSession.stop();
    int code = Application.run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
    return new CommandRun(code, out.toString(), err.toString());
  }
}
