package org.sparklora.spark.settings;

import ai.djl.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalInt;
import org.apache.spark.SparkEnv;

/**
 * Stands in for the class of this name on executors of a machine without GPUs. There are as many as
 * CUDA_VISIBLE_DEVICES names, and what is computed on them is computed on the CPU. The file that
 * FAKE_GPUS names gets a line for each device that is taken: the executor, the number, and
 * CUDA_VISIBLE_DEVICES.
 */
final class CudaDevices {
  private CudaDevices() {}

  static boolean areUsable() {
    return true;
  }

  static OptionalInt count() {
    String visible = visible();
    return OptionalInt.of(visible.isEmpty() ? 0 : visible.split(",", -1).length);
  }

  static Device device(int number) {
    String line = SparkEnv.get().executorId() + " " + number + " " + visible() + "\n";
    try {
      Files.writeString(
          Path.of(System.getenv("FAKE_GPUS")),
          line,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Device.cpu();
  }

  private static String visible() {
    return System.getenv().getOrDefault("CUDA_VISIBLE_DEVICES", "");
  }
}
