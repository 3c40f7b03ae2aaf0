package org.sparklora.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A script that runs in a shell of its own, its output in a file. */
record Shell(Process process, Path log) implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 600;

  static Shell start(String script, Path log, Map<String, String> environment) throws IOException {
    Files.createDirectories(log.getParent());
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", script)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("SPARK_"));
    builder.environment().putAll(environment);
    return new Shell(builder.start(), log);
  }

  /**
   * Waits for its end.
   *
   * @return its exit code
   */
  int end() throws InterruptedException {
    if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
      close();
      throw new IllegalStateException("No end in " + DEADLINE_SECONDS + " s, see " + log);
    }
    return process.exitValue();
  }

  /** Kills every Java process that the script has started, as soon as a file is there. */
  void killJavaOnce(Path file) throws IOException, InterruptedException {
    while (!Files.exists(file)) {
      if (!process.isAlive()) {
        throw new IllegalStateException("It ended before there was " + file + ", see " + log);
      }
      Thread.sleep(10);
    }
    List<ProcessHandle> drivers =
        process
            .descendants()
            .filter(child -> child.info().command().orElse("").endsWith("/java"))
            .toList();
    if (drivers.isEmpty()) {
      throw new IllegalStateException("No driver runs, see " + log);
    }
    for (ProcessHandle driver : drivers) {
      new ProcessBuilder("kill", "-9", String.valueOf(driver.pid())).start().waitFor();
    }
  }

  /** Ends it and what it has started, where they run still. */
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  String text() throws IOException {
    return Files.readString(log);
  }

  static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
