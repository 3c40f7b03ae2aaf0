package org.sparklora.spark.reduce;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.sparklora.tensor.CudaDriver;

/** Describes the hardware of a worker, as far as the bits of its results depend on it. */
public final class Hardware {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private Hardware() {}

  /** A line such as "amd64, AMD EPYC 7763, cpu" or "amd64, AMD EPYC 7763, gpu NVIDIA H200". */
  static String of(WorkerContext context) {
    return of(
        ofThisMachine(),
        context.device(),
        number -> CudaDriver.ofThisMachine().flatMap(driver -> driver.name(number)));
  }

  static String of(String machine, Device device, IntFunction<Optional<String>> gpuName) {
    return machine
        + ", "
        + device.getDeviceType()
        + (device.isGpu()
            ? gpuName.apply(device.getDeviceId()).map(name -> " " + name).orElse("")
            : "");
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
      // Without /proc/cpuinfo, as on other systems than Linux, the processor is not known.
      return Optional.empty();
    }
  }
}
