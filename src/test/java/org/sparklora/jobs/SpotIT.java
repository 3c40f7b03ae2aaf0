package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Nodes of a spot market: a worker of a standalone cluster is told that it will be taken away, and
 * then is.
 */
@Tag("slow")
class SpotIT {
  private static final Path OUT = Path.of("target", "docs");
  private static final Path FOLDER = Path.of("target", "spot");
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";
  private static final String RECIPE =
      " --pretrained_model_name_or_path=$PWD/src/quickstart/base-model"
          + " --dataset_name=$PWD/src/quickstart/noto --max_train_samples=12 --resolution=64"
          + " --train_batch_size=1 --num_workers=2 --learning_rate=1e-3 --seed=5"
          + " --max_train_steps=100 --checkpointing_steps=10 --output_dir=";

  private static byte[] expected;

  @BeforeAll
  static void trainInOneProcess() throws Exception {
    Path out = OUT.resolve("spot-one");
    Shell.delete(out);
    Map<String, String> here = Map.of("MASTER", "local[1]", "OMP_WAIT_POLICY", "passive");
    try (Shell shell =
        Shell.start("jobs/submit-local" + RECIPE + out, OUT.resolve("spot-one.log"), here)) {
      assertThat(shell.end()).as(shell.text()).isZero();
    }
    expected = Files.readAllBytes(out.resolve(ADAPTER));
  }

  /**
   * Two nodes of three train. One of them is drained: the third takes its place, without a loss.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--conf spark.cores.max=2",
        "--conf spark.dynamicAllocation.enabled=true --conf spark.dynamicAllocation.minExecutors=2"
            + " --conf spark.dynamicAllocation.maxExecutors=2"
      })
  void aNodeThatIsDrainedWithNoticeLosesNoStep(String executors) throws Exception {
    Path out = OUT.resolve("spot");
    Shell.delete(out);
    Map<String, String> nodes =
        Map.of("WORKERS", "3", "SPARK_WORKER_OPTS", "-Dspark.decommission.enabled=true");
    try (StandaloneCluster cluster = StandaloneCluster.start(FOLDER, 7377, nodes);
        Shell shell =
            cluster.shell(
                "jobs/submit-standalone --executor-cores 1 --executor-memory 1g "
                    + "--conf spark.decommission.enabled=true "
                    + executors
                    + " --"
                    + RECIPE
                    + out,
                OUT.resolve("spot.log"))) {
      await(shell, out.resolve("checkpoint-10/manifest.json"));
      String node = nodeThatTrains(cluster);
      kill("PWR", cluster.pid(node));
      // The machine is gone once its executor has ended.
      while (!Files.readString(FOLDER.resolve(node + ".log")).contains("finished with state")) {
        assertThat(shell.process().isAlive()).as(shell.text()).isTrue();
        Thread.sleep(50);
      }
      kill("KILL", cluster.pid(node));
      assertThat(shell.end()).as(shell.text()).isZero();
      assertThat(shell.text())
          .contains("Executors will be taken away: going on with 1 worker after this step")
          .doesNotContain("Going on from step")
          .doesNotContain("of task")
          .doesNotContain("Lost task");
    }
    assertThat(Files.readAllBytes(out.resolve(ADAPTER))).isEqualTo(expected);
  }

  private static String nodeThatTrains(StandaloneCluster cluster) throws IOException {
    for (int i = 1; i <= 3; i++) {
      String node = "worker-" + i;
      if (Files.readString(FOLDER.resolve(node + ".log")).contains("Launch command: ")) {
        return node;
      }
    }
    throw new IllegalStateException("No node has an executor: " + cluster.folder());
  }

  private static void kill(String signal, long pid) throws IOException, InterruptedException {
    assertThat(Scripts.run(Map.of(), "kill", "-" + signal, String.valueOf(pid)).code()).isZero();
  }

  private static void await(Shell shell, Path file) throws Exception {
    while (!Files.exists(file)) {
      assertThat(shell.process().isAlive()).as(shell.text()).isTrue();
      Thread.sleep(50);
    }
  }
}
