package org.sparklora.report.track;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.report.event.RunEvent.RunDescription;

/**
 * A run on an MLflow server.
 *
 * @param id the server's
 * @param artifactUri where the server keeps the run's artifacts
 * @param lastSteps the last step of each metric that is there
 */
record MlflowRun(MlflowClient client, String id, String artifactUri, Map<String, Long> lastSteps) {
  /** The most metrics of one call. */
  static final int MOST_METRICS = 1000;

  private static final int MOST_PARAMETERS = 100;
  private static final int MOST_VALUE_LETTERS = 6000;
  private static final String PROXIED = "mlflow-artifacts:";
  private static final int NOT_FOUND = 404;

  MlflowRun {
    lastSteps = Map.copyOf(lastSteps);
  }

  /**
   * A measured number.
   *
   * @param at milliseconds since 1970
   */
  record Metric(String key, double value, long at, long step) {}

  /** Begins a run in an experiment. Creates the experiment if there is none. */
  static MlflowRun create(
      MlflowClient client, String experiment, String name, RunDescription run, Instant at)
      throws IOException {
    ObjectNode body = MlflowClient.object();
    body.put("experiment_id", experimentId(client, experiment));
    body.put("run_name", name);
    body.put("start_time", at.toEpochMilli());
    ArrayNode tags = body.putArray("tags");
    Map<String, String> values = new TreeMap<>();
    values.put("mlflow.runName", name);
    values.put("mlflow.source.name", "spark-lora");
    values.put("mlflow.source.type", "JOB");
    values.put("mlflow.user", System.getProperty("user.name", ""));
    values.put("spark.applicationId", run.applicationId());
    values.put("output_dir", run.outputDir());
    values.forEach((key, value) -> tags.addObject().put("key", key).put("value", cut(value)));
    JsonNode info = client.post("runs/create", body).get("run").get("info");
    return new MlflowRun(
        client, info.get("run_id").textValue(), info.get("artifact_uri").textValue(), Map.of());
  }

  /** Continues a run; empty if the server does not know it. */
  static Optional<MlflowRun> reopen(MlflowClient client, String id) throws IOException {
    try {
      JsonNode run = client.get("runs/get", Map.of("run_id", id)).get("run");
      Map<String, Long> lastSteps = new TreeMap<>();
      for (JsonNode metric : run.get("data").path("metrics")) {
        lastSteps.put(metric.get("key").textValue(), metric.path("step").asLong());
      }
      MlflowRun reopened =
          new MlflowRun(client, id, run.get("info").get("artifact_uri").textValue(), lastSteps);
      reopened.update("RUNNING", Optional.empty());
      return Optional.of(reopened);
    } catch (MlflowClient.RefusedException e) {
      if (e.status() == NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static String experimentId(MlflowClient client, String name) throws IOException {
    try {
      return byName(client, name);
    } catch (MlflowClient.RefusedException e) {
      if (e.status() != NOT_FOUND) {
        throw e;
      }
    }
    try {
      ObjectNode body = MlflowClient.object().put("name", name);
      return client.post("experiments/create", body).get("experiment_id").textValue();
    } catch (MlflowClient.RefusedException e) {
      return byName(client, name); // another run has just made it
    }
  }

  private static String byName(MlflowClient client, String name) throws IOException {
    return client
        .get("experiments/get-by-name", Map.of("experiment_name", name))
        .get("experiment")
        .get("experiment_id")
        .textValue();
  }

  /**
   * Writes the run's flags. A parameter that is already there with another value stays as it is.
   */
  void parameters(Map<String, String> flags) throws IOException {
    List<Map.Entry<String, String>> all = List.copyOf(new TreeMap<>(flags).entrySet());
    for (int from = 0; from < all.size(); from += MOST_PARAMETERS) {
      ObjectNode body = MlflowClient.object().put("run_id", id);
      ArrayNode parameters = body.putArray("params");
      for (var flag : all.subList(from, Math.min(from + MOST_PARAMETERS, all.size()))) {
        parameters.addObject().put("key", flag.getKey()).put("value", cut(flag.getValue()));
      }
      client.post("runs/log-batch", body);
    }
  }

  /**
   * Writes numbers.
   *
   * @param metrics at most {@value #MOST_METRICS}
   */
  void metrics(List<Metric> metrics) throws IOException {
    ObjectNode body = MlflowClient.object().put("run_id", id);
    ArrayNode values = body.putArray("metrics");
    for (Metric metric : metrics) {
      values
          .addObject()
          .put("key", metric.key())
          .put("value", metric.value())
          .put("timestamp", metric.at())
          .put("step", metric.step());
    }
    client.post("runs/log-batch", body);
  }

  void tag(String key, String value) throws IOException {
    client.post(
        "runs/set-tag",
        MlflowClient.object().put("run_id", id).put("key", key).put("value", cut(value)));
  }

  /** Whether the server takes artifacts itself. */
  boolean takesArtifacts() {
    return artifactUri.startsWith(PROXIED);
  }

  /**
   * Uploads a picture.
   *
   * @param path in the run's artifacts, of URI-safe names
   */
  void picture(String path, byte[] png) throws IOException {
    String root = artifactUri.substring(PROXIED.length()).replaceFirst("^//[^/]*", "");
    client.putArtifact(root.replaceFirst("^/+", "") + "/" + path, png);
  }

  /** Sets the run's status: RUNNING, FINISHED, FAILED, KILLED. */
  void update(String status, Optional<Instant> end) throws IOException {
    ObjectNode body = MlflowClient.object().put("run_id", id).put("status", status);
    end.ifPresent(at -> body.put("end_time", at.toEpochMilli()));
    client.post("runs/update", body);
  }

  private static String cut(String value) {
    return value.substring(0, Math.min(value.length(), MOST_VALUE_LETTERS));
  }
}
