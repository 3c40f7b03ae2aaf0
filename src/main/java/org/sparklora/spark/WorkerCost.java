package org.sparklora.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a worker's part of a step took.
 *
 * @param computeSeconds from the step's beginning on the worker to the last of its gradients
 * @param residentBytes memory of its process; 0 where the system does not tell
 */
record WorkerCost(double computeSeconds, long residentBytes) {
  static final WorkerCost UNKNOWN = new WorkerCost(0, 0);

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";

  /** The cost of what began then, by {@link System#nanoTime()}. */
  static WorkerCost since(long nanos) {
    return new WorkerCost((System.nanoTime() - nanos) / 1e9, residentBytesOfThisProcess());
  }

  /** 0 where the system does not tell. */
  static long residentBytesOfThisProcess() {
    try (Stream<String> lines = Files.lines(STATUS)) {
      Optional<String> kilobytes =
          lines
              .filter(line -> line.startsWith(RESIDENT))
              .map(line -> line.substring(RESIDENT.length()).replace("kB", "").strip())
              .findFirst();
      return kilobytes.map(Long::parseLong).orElse(0L) << 10;
    } catch (IOException | java.io.UncheckedIOException e) {
      return 0; // not a Linux
    }
  }
}
