package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sparklora.s3.S3Server;

/**
 * What the pages about clusters and Airflow say to do, done: on this machine, a standalone cluster
 * and an S3 server, with Airflow where SPARK_LORA_AIRFLOW names its virtual environment. Output is
 * in target/docs.
 */
@Tag("long")
class OperationsIT {
  private static final Path OUT = Path.of("target", "docs");
  private static final Path CLUSTER = Path.of("target", "standalone-cluster");
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";

  private static S3Server s3;
  private static Map<String, String> environment;

  @BeforeAll
  static void runTheCommandsOfThePageAboutClusters() throws Exception {
    Shell.delete(OUT);
    Scripts.run(Map.of(), "jobs/standalone-cluster", "stop"); // what a killed run has left
    Shell.delete(CLUSTER);
    s3 = S3Server.start();
    environment = environment();
    Shell shell = start("clusters.md", "run", "clusters.log");
    assertThat(shell.end()).as(shell.text()).isZero();
  }

  @AfterAll
  static void stop() throws Exception {
    Shell shell = start("clusters.md", "run: end", "stop.log");
    s3.close();
    assertThat(shell.end()).as(shell.text()).isZero();
    assertThat(CLUSTER.resolve("master.pid")).doesNotExist();
  }

  private static Map<String, String> environment() {
    Map<String, String> settings = s3.settings();
    String bucket = s3.uri("").replaceAll("s3a://|/", "");
    Map<String, String> environment = new HashMap<>();
    environment.put("S3_ENDPOINT", settings.get("fs.s3a.endpoint"));
    environment.put("AWS_ACCESS_KEY_ID", settings.get("fs.s3a.access.key"));
    environment.put("AWS_SECRET_ACCESS_KEY", settings.get("fs.s3a.secret.key"));
    environment.put("BUCKET", bucket);
    // Other ports than a cluster of the person who runs this.
    environment.put("PORT", "7177");
    environment.put("UI_PORT", "0");
    environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    environment.put("OMP_WAIT_POLICY", "passive");
    environment.put("PYTHONDONTWRITEBYTECODE", "1");
    // Short runs: what the second compiler would win they never earn back.
    environment.put("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    return environment;
  }

  private static Shell start(String page, String mark, String log) throws IOException {
    return Shell.start(DocumentedCommands.of(page).script(mark), OUT.resolve(log), environment);
  }

  @Test
  void aClusterOfProcessesAndAStoreGiveTheBytesOfOneProcess() throws IOException {
    byte[] expected = adapter("local");
    assertThat(adapter("standalone")).isEqualTo(expected);
    FileSystem store = new org.apache.hadoop.fs.Path(s3.uri("")).getFileSystem(s3.hadoop());
    try (var in = store.open(new org.apache.hadoop.fs.Path(s3.uri("lora/" + ADAPTER)))) {
      assertThat(in.readAllBytes()).isEqualTo(expected);
    }
    assertThat(Files.readString(OUT.resolve("clusters.log")))
        .contains("Resuming from file:" + OUT.toAbsolutePath() + "/standalone/checkpoint-4")
        .contains("2 workers")
        .doesNotContain(S3Server.SECRET);
  }

  /** The second try goes on from the checkpoint that the killed one has left. */
  @Test
  void airflowGoesOnAfterAKilledDriver() throws Exception {
    withAirflow();
    Shell.delete(OUT.resolve("airflow"));
    Shell.delete(OUT.resolve("published"));
    try (Shell shell = start("airflow.md", "run", "airflow.log")) {
      shell.killJavaOnce(OUT.resolve("airflow/checkpoint-2/manifest.json"));
      assertThat(shell.end()).as(shell.text()).isZero();
      assertThat(shell.text())
          .contains("spark-lora train ended with exit code -9")
          .contains("new_state=up_for_retry")
          .containsPattern("Resuming from file:\\S*/docs/airflow/checkpoint-\\d")
          .contains("state=success");
    }
    assertThat(adapter("airflow")).isEqualTo(adapter("local"));
    assertThat(OUT.resolve("published").resolve(ADAPTER)).exists();
  }

  @Test
  void airflowDoesNotTryAgainWhatCannotSucceed() throws Exception {
    withAirflow();
    String script =
        DocumentedCommands.of("airflow.md")
            .script("run")
            .replaceAll("(?s)airflow dags test .*", "")
            .concat(DocumentedCommands.of("airflow.md").script("run: failing"));
    Shell shell = Shell.start(script, OUT.resolve("airflow-failing.log"), environment);
    assertThat(shell.end()).as(shell.text()).isEqualTo(1);
    assertThat(shell.text())
        .contains("Missing data set: file:/data/cats does not exist")
        .contains("Missing data set: file:/data/dogs does not exist")
        .contains("spark-lora prepare ended with exit code 3: the model, the data set,")
        .containsPattern("To go on.*\\n +spark-submit --master spark://127.0.0.1:7177 .* prepare ")
        .doesNotContain("up_for_retry")
        .contains("state=failed");
  }

  private static void withAirflow() {
    String venv = System.getenv("SPARK_LORA_AIRFLOW");
    assumeThat(venv).as("SPARK_LORA_AIRFLOW, the virtual environment of Airflow").isNotNull();
    environment.put("PATH", venv + "/bin:" + System.getenv("PATH"));
    environment.put("MASTER", "spark://127.0.0.1:7177");
  }

  private static byte[] adapter(String run) throws IOException {
    return Files.readAllBytes(OUT.resolve(run).resolve(ADAPTER));
  }
}
