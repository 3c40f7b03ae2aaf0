package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What the page about clusters says to do on YARN, done: ResourceManager, NodeManagers, NameNode
 * and DataNodes are Hadoop's own, containers are processes. It is run by {@code mvn verify
 * -Dslow.tests=none -Dit.test=YarnIT} where SPARK_LORA_SPARK names a Spark distribution.
 */
@Tag("slow")
class YarnIT {
  private static final Path OUT = Path.of("target", "docs");
  private static final Path FOLDER = Path.of("target", "yarn");
  private static final String ADAPTER = "/pytorch_lora_weights.safetensors";
  private static final String NODES =
      "--num-executors 2 --executor-cores 1 --executor-memory 1g --driver-memory 1g"
          + " --conf spark.executor.memoryOverhead=1g"
          + " --conf spark.yarn.archive=hdfs:///spark/jars.zip"
          + " --conf spark.yarn.report.interval=2s -- ";
  private static final String RECIPE =
      " --max_train_samples=12 --resolution=64 --train_batch_size=1 --num_workers=2"
          + " --learning_rate=1e-3 --seed=5 ";
  private static final String ON_HDFS =
      "--pretrained_model_name_or_path=hdfs:///data/base-model --dataset_name=hdfs:///data/noto"
          + RECIPE;

  private static YarnCluster yarn;

  @BeforeAll
  static void runTheCommandsOfThePageAboutClusters() throws Exception {
    yarn = YarnCluster.start(FOLDER);
    Shell shell = shell(DocumentedCommands.of("clusters.md").script("run: yarn"), "yarn.log");
    assertThat(shell.end()).as(shell.text()).isZero();
  }

  @AfterAll
  static void stop() {
    if (yarn != null) {
      yarn.close();
    }
  }

  @Test
  void driverHereOrInTheClusterTheBytesAreThoseOnADisk() throws Exception {
    Path disk = OUT.resolve("yarn-disk");
    Shell.delete(disk);
    String local =
        "MASTER='local[1]' jobs/submit-local"
            + " --pretrained_model_name_or_path=$PWD/src/quickstart/base-model"
            + " --dataset_name=$PWD/src/quickstart/noto --max_train_steps=12 --output_dir="
            + disk
            + RECIPE;
    yarn.onADisk(local, OUT.resolve("yarn-disk.log"));
    assertThat(read("/runs/noto" + ADAPTER)).isEqualTo(Files.readAllBytes(Path.of(disk + ADAPTER)));
    assertThat(Files.readString(OUT.resolve("yarn.log")))
        .contains("CheckpointSaver: Saved hdfs:/runs/noto/checkpoint-4")
        .contains("final status: SUCCEEDED");
    assertThat(yarn.containerLogs())
        .containsPattern("Resuming from hdfs:\\S*/runs/noto/checkpoint-4");
  }

  /** The second attempt of the application goes on from a checkpoint of the first. */
  @Test
  void aContainerAndThenTheApplicationMasterAreKilled() throws Exception {
    String killed =
        "export LOG4J_CONFIGURATION_FILE=$PWD/conf/log4j2-json.properties; "
            + "DEVICE=cpu jobs/submit-yarn "
            + NODES
            + ON_HDFS
            + "--checkpointing_steps=1 --max_train_steps=12 --resume_from_checkpoint=latest"
            + " --output_dir=hdfs:///runs/killed";
    try (Shell shell = shell(killed, "yarn-killed.log")) {
      yarn.await(shell, "/runs/killed/checkpoint-2/manifest.json");
      yarn.kill("YarnCoarseGrainedExecutorBackend");
      yarn.await(shell, "/runs/killed/checkpoint-5/manifest.json");
      yarn.kill("org.apache.spark.deploy.yarn.ApplicationMaster");
      assertThat(shell.end()).as(shell.text()).isZero();
    }
    assertThat(read("/runs/killed" + ADAPTER)).isEqualTo(read("/runs/noto" + ADAPTER));
    assertThat(yarn.containerLogs())
        .as("a JSON object a line")
        .containsPattern(
            "(?m)^\\{\"@timestamp\".*Resuming from hdfs:\\S*/runs/killed/checkpoint-([5-9]|1\\d)");
  }

  @Test
  void theScriptEndsWithTheDriversExitCode() throws Exception {
    String submit = "DEVICE=cpu jobs/submit-yarn " + NODES;
    Shell data =
        shell(
            submit
                + ON_HDFS.replace("base-model", "none")
                + "--max_train_steps=1 --output_dir=hdfs:///runs/none",
            "yarn-data.log");
    assertThat(data.end()).as(data.text()).isEqualTo(3);
    assertThat(data.text()).contains("hdfs:///data/none");
    Shell flag =
        shell(
            submit + ON_HDFS + "--max_train_steps=none --output_dir=hdfs:///runs/none",
            "yarn-flag.log");
    assertThat(flag.end()).as(flag.text()).isEqualTo(2);
    assertThat(flag.text()).contains("--max_train_steps");
  }

  private static Shell shell(String script, String log) throws IOException {
    return yarn.shell(script, OUT.resolve(log));
  }

  private static byte[] read(String path) throws IOException {
    return yarn.hadoop().read(path);
  }
}
