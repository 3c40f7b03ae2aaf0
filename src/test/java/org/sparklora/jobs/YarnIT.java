package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sparklora.hadoop.HadoopCluster;

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

  private static HadoopCluster hadoop;
  private static final Map<String, String> environment = new HashMap<>();

  @BeforeAll
  static void runTheCommandsOfThePageAboutClusters() throws Exception {
    String spark = System.getenv("SPARK_LORA_SPARK");
    assumeThat(spark).as("SPARK_LORA_SPARK, a Spark distribution").isNotNull();
    Shell.delete(FOLDER);
    hadoop = HadoopCluster.start(FOLDER, HadoopCluster.Services.YARN);
    environment.put("SPARK_HOME", spark);
    environment.put("HADOOP_CONF_DIR", hadoop.conf().toString());
    environment.put("PATH", hdfsCommand() + ":" + System.getenv("PATH"));
    environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    environment.put("OMP_WAIT_POLICY", "passive");
    environment.put("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    Shell shell = shell(DocumentedCommands.of("clusters.md").script("run: yarn"), "yarn.log");
    assertThat(shell.end()).as(shell.text()).isZero();
  }

  /** Hadoop's own {@code hdfs dfs}, of the classes that Spark has. */
  private static Path hdfsCommand() throws IOException {
    Path hdfs = Files.createDirectories(FOLDER.resolve("bin").toAbsolutePath()).resolve("hdfs");
    Files.writeString(
        hdfs,
        """
        #!/bin/sh
        shift
        exec java -cp "$HADOOP_CONF_DIR:$SPARK_HOME/jars/*" org.apache.hadoop.fs.FsShell "$@"
        """);
    assertThat(hdfs.toFile().setExecutable(true)).isTrue();
    return hdfs.getParent();
  }

  @AfterAll
  static void stop() {
    if (hadoop != null) {
      hadoop.close();
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
    Map<String, String> here = new HashMap<>(environment);
    here.remove("SPARK_HOME");
    here.remove("HADOOP_CONF_DIR");
    Shell shell = Shell.start(local, OUT.resolve("yarn-disk.log"), here);
    assertThat(shell.end()).as(shell.text()).isZero();
    assertThat(hadoop.read("/runs/noto" + ADAPTER))
        .isEqualTo(Files.readAllBytes(Path.of(disk + ADAPTER)));
    assertThat(Files.readString(OUT.resolve("yarn.log")))
        .contains("CheckpointSaver: Saved hdfs:/runs/noto/checkpoint-4")
        .contains("final status: SUCCEEDED");
    assertThat(driverLogs()).containsPattern("Resuming from hdfs:\\S*/runs/noto/checkpoint-4");
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
      await(shell, "/runs/killed/checkpoint-2/manifest.json");
      kill("YarnCoarseGrainedExecutorBackend");
      await(shell, "/runs/killed/checkpoint-5/manifest.json");
      kill("org.apache.spark.deploy.yarn.ApplicationMaster");
      assertThat(shell.end()).as(shell.text()).isZero();
    }
    assertThat(hadoop.read("/runs/killed" + ADAPTER))
        .isEqualTo(hadoop.read("/runs/noto" + ADAPTER));
    assertThat(driverLogs())
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
    return Shell.start(script, OUT.resolve(log), environment);
  }

  private static void await(Shell shell, String path) throws Exception {
    org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(path);
    while (!hadoop.files().exists(file)) {
      assertThat(shell.process().isAlive()).as(shell.text()).isTrue();
      Thread.sleep(50);
    }
  }

  private static void kill(String text) {
    List<ProcessHandle> containers = hadoop.containers(text);
    assertThat(containers).as(text).isNotEmpty();
    assertThat(containers.get(0).destroyForcibly()).isTrue();
  }

  /** What the containers said on stderr. */
  private static String driverLogs() throws IOException {
    StringBuilder all = new StringBuilder();
    try (var logs = Files.walk(FOLDER)) {
      for (Path log : logs.filter(file -> file.endsWith("stderr")).toList()) {
        all.append(Files.readString(log));
      }
    }
    return all.toString();
  }
}
