package org.sparklora.bench.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The machine that is checked, and how commands are started on it.
 *
 * @param gpu whether commands compute on its GPU; else on its CPU, where fp16 is emulated
 * @param home the program's folder, with {@code src} and {@code conf}
 * @param model base model of the trainings and pictures
 * @param program what starts the program, without Spark's settings and the command
 * @param scratch folder for everything that is written
 * @param deadline when commands must be done, by {@link System#nanoTime}
 */
record Node(boolean gpu, Path home, Path model, List<String> program, Path scratch, long deadline) {

  /** The precisions of the check, as {@code --mixed_precision} names them. */
  static final List<String> PRECISIONS = List.of("no", "bf16", "fp16");

  /** Flags that choose a precision. */
  List<String> precision(String name) {
    List<String> flags = new ArrayList<>(List.of("--mixed_precision=" + name));
    if (!gpu && name.equals("fp16")) {
      flags.add("--emulate_fp16");
    }
    return flags;
  }

  /**
   * Spark's settings for some workers in one executor: they share the GPU.
   *
   * @param slots how many workers compute at once
   */
  Map<String, String> spark(int slots) {
    Map<String, String> settings = new TreeMap<>();
    settings.put("spark.ui.enabled", "false");
    if (gpu) {
      settings.put("spark.master", "local-cluster[1," + slots + ",8192]");
      settings.put("spark.executor.memory", "4g");
      settings.put("spark.worker.resource.gpu.amount", "1");
      settings.put(
          "spark.worker.resource.gpu.discoveryScript", home.resolve("conf/gpu-discovery") + "");
      settings.put("spark.executor.resource.gpu.amount", "1");
      settings.put("spark.task.resource.gpu.amount", String.valueOf(1.0 / slots));
    } else {
      settings.put("spark.master", "local[" + slots + "]");
    }
    return settings;
  }

  /** Starts a command of the program. */
  Command start(String log, Map<String, String> spark, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(program);
    List<String> settings = new ArrayList<>();
    spark.forEach((key, value) -> settings.add("-D" + key + "=" + value));
    command.addAll(1, settings);
    command.addAll(arguments);
    return start(log, command);
  }

  /** Starts any process on this node. */
  Command start(String log, List<String> command) throws IOException {
    Path file = scratch.resolve(log + ".log");
    Files.createDirectories(scratch);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(file.toFile());
    if (!gpu) {
      builder.environment().put("CUDA_VISIBLE_DEVICES", "");
    }
    return new Command(builder.start(), file, deadline);
  }

  /**
   * Runs a command of the program to its end.
   *
   * @throws CommandFailedException when it fails
   */
  String run(String log, Map<String, String> spark, List<String> arguments)
      throws IOException, InterruptedException {
    return start(log, spark, arguments).requireSuccess();
  }
}
