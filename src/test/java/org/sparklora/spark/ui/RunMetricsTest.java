package org.sparklora.spark.ui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.sparklora.report.event.RunListener;
import org.sparklora.report.event.SomeRun;
import org.sparklora.spark.SparkTestSession;

/** The numbers of a run as Prometheus reads them from the driver's UI. */
class RunMetricsTest {
  private final JavaSparkContext spark = SparkTestSession.context();

  /** The page's lines of a run, by the last word of their names. */
  private Map<String, Double> numbers() throws IOException, InterruptedException {
    return numbers(RunMetrics.NAME);
  }

  private Map<String, Double> numbers(String source) throws IOException, InterruptedException {
    URI page = URI.create(spark.sc().uiWebUrl().get() + "/metrics/prometheus/");
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    Map<String, Double> numbers = new TreeMap<>();
    String before = "_driver_" + source + "_";
    for (String line : answer.body().lines().toList()) {
      int name = line.indexOf(before);
      int end = line.indexOf("_Value{type=\"gauges\"} ");
      if (name >= 0 && end >= 0) {
        numbers.put(
            line.substring(name + before.length(), end),
            Double.valueOf(line.substring(line.indexOf('}') + 2)));
      }
    }
    return numbers;
  }

  @Test
  void aSinkReportsTheRunUntilItsEndAndThenTheNextOne() throws IOException, InterruptedException {
    RunListener first = RunMetrics.of(spark).orElseThrow();
    first.on(SomeRun.started("a run", "app-1"));
    assertThat(numbers()).as("before steps begin").isEmpty();

    first.on(SomeRun.training(10, 100));
    assertThat(numbers())
        .containsEntry("steps", 10.0)
        .containsEntry("stepsPlanned", 100.0)
        .containsEntry("workers", 2.0)
        .containsEntry("loss", Double.NaN);

    first.on(SomeRun.stepped(10));
    first.on(SomeRun.incident(11, "a worker was lost"));
    first.on(SomeRun.incident(11, "another was lost"));
    first.on(SomeRun.validated(11, "a red apple", new byte[0], new byte[0]));
    Map<String, Double> numbers = numbers();
    assertThat(numbers)
        .containsEntry("steps", 11.0)
        .containsEntry("incidents", 2.0)
        .containsEntry("learningRate", 5e-4)
        .containsEntry("imagesPerSecond", 8.0)
        .hasSize(9);
    assertThat(numbers.get("utilisation")).isCloseTo(0.94, within(1e-9));
    assertThat(numbers.get("loss")).isBetween(0.1, 0.3);
    assertThat(numbers.get("heldOutLoss")).isCloseTo(0.14989, within(1e-9));

    first.close();
    assertThat(numbers()).as("after the end").isEmpty();

    RunListener second = RunMetrics.of(spark).orElseThrow();
    second.on(SomeRun.training(0, 7));
    assertThat(numbers()).containsEntry("steps", 0.0).containsEntry("incidents", 0.0);
    second.close();
    assertThat(numbers()).isEmpty();
  }

  @Test
  void twoRunsAtTheSameTimeHaveNamesOfTheirOwn() throws IOException, InterruptedException {
    RunListener first = RunMetrics.of(spark).orElseThrow();
    RunListener second = RunMetrics.of(spark).orElseThrow();
    first.on(SomeRun.training(10, 100));
    second.on(SomeRun.training(0, 7));
    assertThat(numbers()).containsEntry("stepsPlanned", 100.0);
    assertThat(numbers("run2_sparkLora")).containsEntry("stepsPlanned", 7.0);

    first.close();
    assertThat(numbers()).as("the first has ended").isEmpty();
    assertThat(numbers("run2_sparkLora")).as("the second goes on").hasSize(9);
    RunListener third = RunMetrics.of(spark).orElseThrow();
    third.on(SomeRun.training(0, 3));
    assertThat(numbers()).containsEntry("stepsPlanned", 3.0);
    second.close();
    assertThat(numbers()).as("the third goes on").hasSize(9);
    third.close();
    assertThat(numbers()).isEmpty();
  }
}
