package org.sparklora.spark.reduce;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The hardware of a worker, as far as its bits depend on it. */
public final class Hardware {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private Hardware() {}

  /** A line such as "amd64, Intel(R) Xeon(R) Platinum 8275CL, cpu()". */
  static String of(WorkerContext context) {
    return ofThisMachine() + ", " + context.device().getDeviceType();
  }

  /** Architecture and processor. */
  public static String ofThisMachine() {
    return System.getProperty("os.arch") + cpuModel().map(model -> ", " + model).orElse("");
  }

  private static Optional<String> cpuModel() {
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip());
    } catch (IOException | java.io.UncheckedIOException e) {
      // This is not Linux: there is nothing to compare.
      return Optional.empty();
    }
  }
}
