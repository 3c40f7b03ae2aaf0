package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What the page about Airflow says to do on YARN, done: Airflow runs the DAGs to their end on
 * Hadoop's own YARN and HDFS. In each the application of a training is ended, its task is cleared,
 * and the next try has the bytes of an undisturbed run. It needs SPARK_LORA_AIRFLOW, the virtual
 * environment of Airflow, and SPARK_LORA_SPARK, a Spark distribution.
 */
@Tag("slow")
class AirflowOnYarnIT {
  private static final Path OUT = Path.of("target", "docs");
  private static final Path FOLDER = Path.of("target", "airflow-yarn");
  private static final String ADAPTER = "/pytorch_lora_weights.safetensors";
  private static final Pattern APPLICATION = Pattern.compile("application_\\d+_\\d+");

  private static YarnCluster yarn;
  private static String resourceManager;

  @BeforeAll
  static void putSparkOnHdfs() throws Exception {
    String venv = System.getenv("SPARK_LORA_AIRFLOW");
    assumeThat(venv).as("SPARK_LORA_AIRFLOW, the virtual environment of Airflow").isNotNull();
    Shell.delete(onDisk("noto"));
    Shell.delete(onDisk("twemoji"));
    yarn = YarnCluster.start(FOLDER);
    resourceManager = "http://" + yarn.hadoop().hadoop().get("yarn.resourcemanager.webapp.address");
    yarn.environment().merge("PATH", venv + "/bin:", (path, bin) -> bin + path);
    yarn.environment().put("RESOURCE_MANAGER", resourceManager);
    yarn.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    yarn.environment().put("SPARK_LORA_POLL_SECONDS", "1");
    // Whoever does not clear the task waits longer than the test may take.
    yarn.environment().put("SPARK_LORA_RETRY_SECONDS", "7200");
    String first =
        DocumentedCommands.of("clusters.md").blocks().stream()
            .filter(block -> block.mark().equals("run: yarn"))
            .findFirst()
            .orElseThrow()
            .text();
    Shell shell = yarn.shell("set -eux\n" + first, OUT.resolve("airflow-yarn-put.log"));
    assertThat(shell.end()).as(shell.text()).isZero();
  }

  @AfterAll
  static void stop() {
    if (yarn != null) {
      yarn.close();
    }
  }

  @Test
  void oneDagTrainsOnTwoDataSetsAndATaskThatIsClearedGoesOn() throws Exception {
    String said = endedAndCleared(page(), "spark_lora_many", "/runs/noto", 0);
    assertThat(said).contains("Prior job in terminal state, resubmitting fresh");
    assertThat(yarn.hadoop().read("/runs/noto" + ADAPTER)).isEqualTo(onADisk("noto"));
    assertThat(yarn.hadoop().read("/runs/twemoji" + ADAPTER)).isEqualTo(onADisk("twemoji"));
  }

  @Test
  void aTaskThatWaitsInTheTriggererGoesOnToo() throws Exception {
    String one =
        page()
            .replaceAll(
                "\"runs\":[^\\]]*\\]",
                "\"dataset_name\": \"hdfs:///data/noto\","
                    + " \"output_dir\": \"hdfs:///runs/deferred\"")
            .replace("dags test spark_lora_many", "dags test spark_lora");
    String said =
        endedAndCleared("export SPARK_LORA_DEFER=true\n" + one, "spark_lora", "/runs/deferred", -1);
    assertThat(said).contains("running trigger in line");
    assertThat(yarn.hadoop().read("/runs/deferred" + ADAPTER)).isEqualTo(onADisk("noto"));
  }

  private static String page() throws IOException {
    return DocumentedCommands.of("airflow.md").script("run: yarn");
  }

  /**
   * Ends the application after a checkpoint, clears its task, and awaits the DAG's good end.
   *
   * @return what Airflow said
   */
  private static String endedAndCleared(String script, String dag, String output, int index)
      throws Exception {
    try (Shell airflow = yarn.shell(script, OUT.resolve("airflow-yarn-" + dag + ".log"))) {
      yarn.await(airflow, output + "/checkpoint-5/manifest.json");
      assertThat(yarn.hadoop().containers("YarnCoarseGrainedExecutorBackend")).isNotEmpty();
      end(lastSubmitted(airflow));
      String clear = "python src/test/python/airflow_clear.py " + dag + " adapter.train " + index;
      Shell cleared = yarn.shell(airflowHome() + clear, OUT.resolve("airflow-yarn-clear.log"));
      assertThat(cleared.end()).as(cleared.text() + airflow.text()).isZero();
      assertThat(airflow.end()).as(airflow.text()).isZero();
      assertThat(airflow.text()).contains("To go on, clear this task", "state=success");
      assertThat(yarn.containerLogs())
          .containsPattern("Resuming from hdfs:\\S*" + output + "/checkpoint-\\d");
      return airflow.text();
    }
  }

  private static String lastSubmitted(Shell airflow) throws IOException {
    return APPLICATION
        .matcher(airflow.text())
        .results()
        .map(MatchResult::group)
        .reduce((first, next) -> next)
        .orElseThrow();
  }

  /** As {@code yarn application -kill} does, and Airflow where somebody ends the task. */
  private static void end(String application) throws Exception {
    URI page = URI.create(resourceManager + "/ws/v1/cluster/apps/" + application + "/state");
    HttpRequest request =
        HttpRequest.newBuilder(page)
            .header("Content-Type", "application/json")
            .PUT(HttpRequest.BodyPublishers.ofString("{\"state\": \"KILLED\"}"))
            .build();
    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
  }

  /** The page's lines that say where Airflow's files are. */
  private static String airflowHome() throws IOException {
    return page().lines().filter(line -> line.contains("AIRFLOW_HOME=")).findFirst().orElseThrow()
        + "\n";
  }

  /** The same recipe in one process, with the flags that the DAGs' parameters have by default. */
  private static byte[] onADisk(String dataset) throws Exception {
    Path disk = onDisk(dataset);
    if (!Files.exists(disk)) {
      yarn.onADisk(
          "MASTER='local[1]' jobs/submit-local"
              + " --pretrained_model_name_or_path=$PWD/src/quickstart/base-model"
              + " --max_train_samples=12 --resolution=64 --train_batch_size=1 --num_workers=2"
              + " --learning_rate=1e-3 --seed=5 --max_train_steps=60 --rank=4"
              + (" --dataset_name=$PWD/src/quickstart/" + dataset)
              + (" --output_dir=" + disk),
          OUT.resolve("airflow-yarn-disk.log"));
    }
    return Files.readAllBytes(Path.of(disk + ADAPTER));
  }

  private static Path onDisk(String dataset) {
    return OUT.resolve("airflow-yarn-" + dataset);
  }
}
