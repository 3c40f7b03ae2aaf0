package org.sparklora.spark.failure;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The meanings of executors' exit codes. Spark's reasons give only the number. */
public final class ExecutorExit {
  private static final Pattern CODE =
      Pattern.compile("(?:exited with code|[Ee]xit code:?|[Ee]xit status:?)\\s*(\\d+)");

  private ExecutorExit() {}

  /** Spark's reason, with the meaning of its code behind the number, if that is known. */
  public static String explained(String reason) {
    Matcher code = CODE.matcher(reason);
    String meaning = code.find() ? meaning(code.group(1)) : "";
    return meaning.isEmpty()
        ? reason
        : new StringBuilder(reason).insert(code.end(), " (" + meaning + ")").toString();
  }

  private static String meaning(String code) {
    return switch (code) {
      case "50", "51" -> "a thread of Spark failed: see the executor's log";
      case "52" ->
          "its Java heap was full: raise spark.executor.memory, or lower --train_batch_size";
      case "53" ->
          "it could make no folder for Spark's files: set spark.local.dir to one that can be"
              + " written to and has room";
      case "134", "139" -> "a native library crashed: see the executor's log";
      case "137" ->
          "it was killed, often for want of memory: raise spark.executor.memoryOverhead, or lower"
              + " --train_batch_size";
      default -> "";
    };
  }
}
