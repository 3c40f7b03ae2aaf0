package org.sparklora.jobs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The repository's scripts, as processes. */
final class Scripts {
  private Scripts() {}

  /**
   * What a script did.
   *
   * @param text what it printed, errors too
   */
  record Result(int code, String text) {}

  /** Runs a command in the repository, without this JVM's SPARK_HOME. */
  static Result run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(List.of(command)).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("SPARK_"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), text);
  }
}
