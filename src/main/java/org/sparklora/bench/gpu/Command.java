package org.sparklora.bench.gpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A process of the check.
 *
 * @param log what it prints
 * @param deadline when it must be done, by {@link System#nanoTime}
 */
record Command(Process process, Path log, long deadline) {
  private static final long LOOK_EVERY_MILLIS = 50;

  /**
   * Waits for the end.
   *
   * @return the exit code
   * @throws CommandFailedException when it is not done in time; the process is ended then
   */
  int code() throws InterruptedException {
    if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
      kill();
      throw new CommandFailedException("It was not done in time; see " + log);
    }
    return process.exitValue();
  }

  /** Returns everything that the process has printed. */
  String text() throws IOException {
    return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
  }

  /**
   * Waits for the end.
   *
   * @return what it has printed
   * @throws CommandFailedException when it failed
   */
  String requireSuccess() throws IOException, InterruptedException {
    int code = code();
    String text = text();
    if (code != 0) {
      String last =
          text.lines()
              .filter(line -> line.startsWith("error: "))
              .findFirst()
              .or(() -> text.lines().reduce((before, line) -> line))
              .orElse("it printed nothing");
      throw new CommandFailedException("Exit code " + code + ": " + last + " (see " + log + ")");
    }
    return text;
  }

  /**
   * Kills the process and all that it has started, as {@code kill -9} does, once something is true.
   *
   * @return whether it was killed; else it had ended by itself
   */
  boolean killWhen(BooleanSupplier condition) throws InterruptedException {
    while (process.isAlive()) {
      if (condition.getAsBoolean()) {
        kill();
        return true;
      }
      if (System.nanoTime() - deadline > 0) {
        kill();
        throw new CommandFailedException("It was not done in time; see " + log);
      }
      Thread.sleep(LOOK_EVERY_MILLIS);
    }
    return false;
  }

  private void kill() throws InterruptedException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor();
  }
}
