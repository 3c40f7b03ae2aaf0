package org.sparklora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Runs scripts of {@code src/test/python} that compute with torch, diffusers or PEFT. One server
 * imports the packages once for all scripts of a process of tests.
 */
public final class ReferencePython {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static ReferencePython server;

  private final Process process;
  private final Writer requests;
  private final BufferedReader codes;

  private ReferencePython(String python) throws IOException {
    this.process =
        new ProcessBuilder(python, "src/test/python/fork_server.py")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    this.requests = process.outputWriter(StandardCharsets.UTF_8);
    this.codes = process.inputReader(StandardCharsets.UTF_8);
  }

  /** The Python that SPARK_LORA_PYTHON names; the test is skipped where the variable names none. */
  public static String required() {
    String python = System.getenv("SPARK_LORA_PYTHON");
    assumeThat(python).as("SPARK_LORA_PYTHON").isNotNull();
    return python;
  }

  /**
   * Runs a script to its end and asserts that it succeeds. The test is skipped where there is no
   * Python.
   *
   * @param script a file's name in {@code src/test/python}
   * @return all that it prints
   */
  public static String run(String script, Object... arguments) {
    String python = required();
    List<String> command =
        Stream.concat(Stream.of("src/test/python/" + script), Stream.of(arguments))
            .map(Object::toString)
            .toList();
    try {
      return of(python).runInFork(command);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot run " + script, e);
    }
  }

  private static synchronized ReferencePython of(String python) throws IOException {
    if (server == null || !server.process.isAlive()) {
      server = new ReferencePython(python);
    }
    return server;
  }

  private synchronized String runInFork(List<String> command) throws IOException {
    Path output = Files.createTempFile("reference", ".txt");
    try {
      requests.write(
          JSON.writeValueAsString(Map.of("arguments", command, "output", output.toString())));
      requests.write('\n');
      requests.flush();
      String code = codes.readLine();
      String printed = Files.readString(output);
      assertThat(code).as(() -> command + ": " + printed).isEqualTo("0");
      return printed;
    } finally {
      Files.delete(output);
    }
  }
}
