package org.sparklora.report.track;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.report.event.RunEvent;
import org.sparklora.store.StoreFile;

@Tag("long")
class MlflowTrackerTest {
  /** What a server sends that answers whatever it is asked. */
  private static final String ANSWER =
      """
      {"experiment": {"experiment_id": "3"},
       "run": {"info": {"run_id": "r1", "artifact_uri": "mlflow-artifacts:/3/r1/artifacts"},
               "data": {"metrics": []}}}\
      """;

  private static final String READ =
      """
      import json, sys
      from mlflow.tracking import MlflowClient
      client = MlflowClient(sys.argv[1])
      experiment = client.get_experiment_by_name("text2image-fine-tune")
      runs = client.search_runs([experiment.experiment_id])
      run = runs[0]
      history = lambda key: [[m.step, m.value] for m in client.get_metric_history(run.info.run_id, key)]
      print(json.dumps({
          "runs": len(runs),
          "name": run.info.run_name,
          "status": run.info.status,
          "params": dict(run.data.params),
          "tags": dict(run.data.tags),
          "loss": history("train_loss"),
          "held_out": history("validation/loss"),
          "pictures": [a.path for a in client.list_artifacts(run.info.run_id, "validation/step-000005")],
          "bytes": len(open(client.download_artifacts(run.info.run_id, "validation/step-000005/000-seed8.png"), "rb").read()),
      }))
      """;

  @TempDir private Path folder;
  private final List<AutoCloseable> toClose = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : toClose) {
      closeable.close();
    }
  }

  /** As TrainingJob tells it: a run that is killed after step 7 and goes on from step 5. */
  @Test
  void theRealServerHasOneRunOfBothParts() throws Exception {
    String server = realServer();
    MlflowTracker first = tracker(server, Map.of());
    TrackedRun.begin(0, first);
    TrackedRun.steps(0, 7, first);
    TrackedRun.validate(5, first);
    first.on(new RunEvent.Killed(Instant.now(), 7));

    MlflowTracker second = tracker(server, Map.of());
    TrackedRun.begin(5, second);
    TrackedRun.steps(5, 500, second);
    TrackedRun.finish(500, second);

    JsonNode read = TrackedRun.python(READ, server);
    assertThat(read.get("runs").intValue()).isEqualTo(1);
    assertThat(read.get("name").textValue()).isEqualTo("twemoji");
    assertThat(read.get("status").textValue()).isEqualTo("FINISHED");
    assertThat(read.get("params").get("rank").textValue()).isEqualTo("4");
    assertThat(read.get("params").get("long").textValue()).hasSize(6000);
    assertThat(read.get("tags").get("adapter").textValue()).endsWith("adapter.safetensors");
    assertThat(read.get("loss")).hasSize(500);
    for (int step = 1; step <= 500; step++) {
      assertThat(read.get("loss").get(step - 1).get(0).intValue()).isEqualTo(step);
      assertThat(read.get("loss").get(step - 1).get(1).doubleValue())
          .isEqualTo(TrackedRun.loss(step - 1));
    }
    assertThat(read.get("held_out").toString()).isEqualTo("[[5,5.25]]");
    assertThat(read.get("pictures").toString()).contains("000-seed8.png");
    assertThat(read.get("bytes").intValue()).isPositive();
  }

  @Test
  void whatAServerThatIsAwayMissesIsSentWhenItIsBack() throws Exception {
    AtomicBoolean away = new AtomicBoolean(true);
    List<String> calls = new CopyOnWriteArrayList<>();
    MlflowTracker tracker = tracker(server(away, 503, calls), Map.of());
    TrackedRun.begin(0, tracker);
    TrackedRun.steps(0, 300, tracker);
    TrackedRun.validate(250, tracker);
    calls.clear();
    away.set(false);
    TrackedRun.validate(300, tracker);
    TrackedRun.finish(300, tracker);
    String metrics = String.join("\n", calls);
    assertThat(metrics.split("\"key\":\"train_loss\"", -1)).hasSize(301);
    assertThat(calls.stream().filter(call -> call.contains("\"metrics\"")))
        .as("calls of at most 1000 numbers")
        .allMatch(call -> call.split("\"key\"", -1).length <= 1001)
        .hasSize(6);
    assertThat(calls.get(calls.size() - 1)).contains("runs/update").contains("FINISHED");
    assertThat(calls.stream().filter(call -> call.startsWith("PUT")).toList())
        .satisfiesExactly(
            picture ->
                assertThat(picture)
                    .contains("artifacts/3/r1/artifacts/validation/step-000250/000-seed8.png"),
            picture ->
                assertThat(picture)
                    .contains("artifacts/3/r1/artifacts/validation/step-000300/000-seed8.png"));
  }

  @Test
  void aFullDiskMakesNoSecondRun() throws Exception {
    List<String> calls = new CopyOnWriteArrayList<>();
    FullDisk disk = new FullDisk(0, 0);
    disk.failWritesOf("mlflow-run.txt", 3);
    MlflowTracker tracker =
        tracker(server(new AtomicBoolean(false), 200, calls), Map.of(), disk.configuration());
    TrackedRun.begin(0, tracker);
    for (int step = 10; step < 60; step += 10) {
      TrackedRun.validate(step, tracker);
    }
    TrackedRun.finish(60, tracker);
    tracker.close();
    assertThat(calls.stream().filter(call -> call.contains("runs/create"))).hasSize(1);
    assertThat(calls.stream().filter(call -> call.contains("\"params\""))).hasSize(1);
    assertThat(calls.stream().filter(call -> call.startsWith("PUT"))).hasSize(5);
    assertThat(folder.resolve("mlflow-run.txt")).hasContent("r1");
  }

  @Test
  void whatIsRefusedEndsTheTrackerWithoutItsPassword() throws Exception {
    String server = server(new AtomicBoolean(true), 401, new CopyOnWriteArrayList<>());
    MlflowTracker tracker =
        tracker(
            server,
            Map.of("MLFLOW_TRACKING_USERNAME", "me", "MLFLOW_TRACKING_PASSWORD", "hush-hush"));
    assertThatThrownBy(() -> TrackedRun.begin(0, tracker))
        .hasMessageContaining("401")
        .hasMessageNotContaining("hush-hush");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"error_code\": \"DENIED\", \"message\": \"not you\", \"request\": \"hush-hush\"}|DENIED"
            + " not you",
        "{\"message\": \"no: Authorization: Basic aHVzaC1odXNo\"}|no: Authorization: Basic ***",
        "<html>Authorization: hush-hush</html>|its answer is not one of MLflow's",
        "{\"hush-hush\": 1}|it gives no reason"
      })
  void ofARefusalOnlyTheReasonIsShown(String answer, String shown) throws Exception {
    String server = server(new AtomicBoolean(true), 403, new CopyOnWriteArrayList<>(), answer);
    assertThatThrownBy(() -> TrackedRun.begin(0, tracker(server, Map.of())))
        .hasMessageEndingWith(": " + shown)
        .hasMessageNotContaining("hush-hush");
  }

  @Test
  void anAnswerWithoutEndIsNotReadToItsEnd() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] blanks = new byte[1 << 20];
          for (int i = 0; i < 1000; i++) {
            exchange.getResponseBody().write(blanks);
          }
          exchange.close();
        });
    server.start();
    toClose.add(() -> server.stop(0));
    MlflowClient client =
        new MlflowClient(
            "http://127.0.0.1:" + server.getAddress().getPort(),
            Map.of(),
            Duration.ofSeconds(20),
            1);
    assertThatThrownBy(() -> client.get("runs/get", Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("more than the 16777216 bytes that are read");
  }

  @Test
  void sendsTheTokenOrUserAndPassword() throws Exception {
    List<String> calls = new CopyOnWriteArrayList<>();
    String server = server(new AtomicBoolean(false), 200, calls);
    TrackedRun.begin(0, tracker(server, Map.of("MLFLOW_TRACKING_TOKEN", "t0ken")));
    assertThat(calls.get(0)).contains("[Bearer t0ken]");
    calls.clear();
    TrackedRun.begin(
        0,
        tracker(
            server, Map.of("MLFLOW_TRACKING_USERNAME", "me", "MLFLOW_TRACKING_PASSWORD", "pw")));
    assertThat(calls.get(0)).contains("[Basic bWU6cHc=]");
  }

  private MlflowTracker tracker(String server, Map<String, String> environment) throws IOException {
    return tracker(server, environment, new Configuration(false));
  }

  private MlflowTracker tracker(
      String server, Map<String, String> environment, Configuration hadoop) throws IOException {
    StoreFile id =
        StoreFile.of(
            new org.apache.hadoop.fs.Path(folder.resolve("mlflow-run.txt").toUri()), hadoop);
    return new MlflowTracker(
        new MlflowClient(server, environment, Duration.ofSeconds(20), 1),
        "text2image-fine-tune",
        Optional.empty(),
        Optional.empty(),
        id,
        3600);
  }

  /** A server that says what it is asked. */
  private String server(AtomicBoolean away, int status, List<String> calls) throws IOException {
    return server(away, status, calls, ANSWER);
  }

  private String server(AtomicBoolean away, int status, List<String> calls, String says)
      throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          calls.add(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestURI()
                  + " "
                  + exchange.getRequestHeaders().get("Authorization")
                  + " "
                  + body);
          byte[] answer = says.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(away.get() ? status : 200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    toClose.add(() -> server.stop(0));
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** {@code mlflow server} of the package, with a database and an artifact proxy. */
  private String realServer() throws Exception {
    String python = TrackedRun.interpreter();
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    ProcessBuilder builder =
        new ProcessBuilder(
            python,
            "-m",
            "mlflow",
            "server",
            "--host=127.0.0.1",
            "--port=" + port,
            "--workers=1",
            "--backend-store-uri=sqlite:///" + folder.resolve("mlflow.db"),
            "--artifacts-destination=" + folder.resolve("artifacts"));
    builder.environment().put("MLFLOW_DISABLE_TELEMETRY", "true");
    builder.environment().put("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false");
    Path log = folder.resolve("server.log");
    Process process =
        builder
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    toClose.add(
        () -> {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly().waitFor();
        });
    String address = "http://127.0.0.1:" + port;
    MlflowClient client = new MlflowClient(address, Map.of(), Duration.ofSeconds(5), 1);
    for (int i = 0; i < 600; i++) {
      try {
        client.get("experiments/get", Map.of("experiment_id", "0"));
        return address;
      } catch (IOException e) {
        assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
        Thread.sleep(200);
      }
    }
    throw new IllegalStateException("mlflow server did not start: " + Files.readString(log));
  }
}
