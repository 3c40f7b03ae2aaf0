package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * GPUs of a standalone cluster, from the nodes' discovery script to the device of a worker. The
 * last call alone is another one: there is no GPU, and {@code src/test/gpu} computes on the CPU.
 */
@Tag("slow")
class GpuSlotsIT {
  private static final Path OUT = Path.of("target", "docs");
  private static final Path FOLDER = Path.of("target", "gpu-slots");
  private static final Path JAR = Path.of("target", "spark-lora.jar");
  private static final Path DEVICES = FOLDER.resolve("devices");
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";
  private static final String RECIPE =
      " --pretrained_model_name_or_path=$PWD/src/quickstart/base-model"
          + " --dataset_name=$PWD/src/quickstart/noto --max_train_samples=12 --resolution=64"
          + " --train_batch_size=1 --num_workers=8 --learning_rate=1e-3 --seed=5"
          + " --max_train_steps=3 --output_dir=";

  @BeforeAll
  static void compileTheLastCall() throws IOException {
    Shell.delete(FOLDER);
    String classPath;
    try (Stream<Path> jars = Files.list(Path.of("target", "spark", "jars"))) {
      classPath = JAR + ":" + jars.map(Path::toString).collect(Collectors.joining(":"));
    }
    String to = Files.createDirectories(FOLDER.resolve("classes")).toString();
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-cp", classPath, "-d", to, "src/test/gpu/CudaDevices.java");
    assertThat(code).isZero();
  }

  /** Two nodes of two GPUs, an executor a GPU, two slots an executor. */
  @Test
  void eachExecutorHasAGpuOfItsNodeAndItsTwoWorkersShareIt() throws Exception {
    Files.deleteIfExists(DEVICES);
    try (StandaloneCluster cluster = cluster("4,6", "conf/gpu-discovery");
        Shell shell = submit(cluster, "gpu-slots", "")) {
      assertThat(shell.end()).as(shell.text()).isZero();
      assertThat(shell.text()).contains("8 workers");
    }
    Set<String> taken = Set.copyOf(Files.readAllLines(DEVICES));
    assertThat(taken).as("executor, number, CUDA_VISIBLE_DEVICES").hasSize(4);
    assertThat(
            taken.stream()
                .map(line -> line.substring(0, line.indexOf(' ')))
                .collect(Collectors.toSet()))
        .as("each executor has one GPU")
        .hasSize(4);
    assertThat(taken.stream().map(line -> line.substring(line.indexOf(' ') + 1)))
        .containsExactlyInAnyOrder("0 4,6", "1 4,6", "0 4,6", "1 4,6");
    assertThat(Files.readAllBytes(OUT.resolve("gpu-slots").resolve(ADAPTER)))
        .isEqualTo(inOneProcess());
  }

  @Test
  void anAddressThatCudaDoesNotKnowIsOneClearError() throws Exception {
    Path script =
        Files.writeString(
            FOLDER.resolve("discovery"),
            "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"0\", \"7\"]}'\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    try (StandaloneCluster cluster = cluster("4,6", script.toString());
        Shell shell = submit(cluster, "gpu-wrong", "")) {
      assertThat(shell.end()).as(shell.text()).isEqualTo(2);
      assertThat(shell.text())
          .contains(
              "error: Invalid GPU address: 7; CUDA shows 2 GPUs to this executor, counted from 0"
                  + " (CUDA_VISIBLE_DEVICES=4,6): ")
          .doesNotContain("\n\tat ");
    }
  }

  @Test
  void nodesThatTellOfNoGpuAreNamedAsTheCause() throws Exception {
    try (StandaloneCluster cluster =
            StandaloneCluster.start(FOLDER.resolve("bare"), 7277, Map.of());
        Shell shell = submit(cluster, "gpu-none", " --worker_timeout=15")) {
      assertThat(shell.end()).as(shell.text()).isEqualTo(4);
      assertThat(shell.text())
          .contains("no executor came in 15 s (--worker_timeout): check that the cluster has room")
          .contains("its nodes tell Spark of GPUs (spark.executor.resource.gpu.amount)");
    }
  }

  private static StandaloneCluster cluster(String visible, String discovery) throws Exception {
    String script = Path.of(discovery).toAbsolutePath().toString();
    return StandaloneCluster.start(
        FOLDER.resolve("cluster"),
        7277,
        Map.of(
            "CORES",
            "4",
            "MEMORY",
            "3g",
            "CUDA_VISIBLE_DEVICES",
            visible,
            "FAKE_GPUS",
            DEVICES.toAbsolutePath().toString(),
            "SPARK_WORKER_OPTS",
            "-Dspark.worker.resource.gpu.amount=2"
                + " -Dspark.worker.resource.gpu.discoveryScript="
                + script));
  }

  private static Shell submit(StandaloneCluster cluster, String output, String flags)
      throws IOException {
    Shell.delete(OUT.resolve(output));
    List<Path> first = List.of(FOLDER.resolve("classes").toAbsolutePath(), JAR.toAbsolutePath());
    String classPath = first.get(0) + "/:" + first.get(1);
    return cluster.shell(
        "jobs/submit-standalone --executor-cores 2 --executor-memory 1g"
            + " --conf spark.executor.resource.gpu.amount=1"
            + " --conf spark.task.resource.gpu.amount=0.5"
            + (" --conf spark.executor.extraClassPath=" + classPath + " --")
            + RECIPE
            + OUT.resolve(output)
            + flags,
        OUT.resolve(output + ".log"));
  }

  private static byte[] inOneProcess() throws Exception {
    Path out = OUT.resolve("gpu-slots-one");
    Shell.delete(out);
    Map<String, String> here = Map.of("MASTER", "local[1]", "OMP_WAIT_POLICY", "passive");
    try (Shell shell =
        Shell.start("jobs/submit-local" + RECIPE + out, OUT.resolve("gpu-slots-one.log"), here)) {
      assertThat(shell.end()).as(shell.text()).isZero();
    }
    return Files.readAllBytes(out.resolve(ADAPTER));
  }
}
