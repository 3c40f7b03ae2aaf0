package org.sparklora.spark.ui;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.history.FsHistoryProvider;
import org.apache.spark.deploy.history.HistoryServer;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.util.JsonProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.report.RunReport;
import scala.Option;

/** Spark's History Server with the jar on its class path. */
class ReportHistoryTest {
  @TempDir private Path logs;
  @TempDir private Path output;

  private HistoryServer server;
  private FsHistoryProvider provider;

  @BeforeEach
  void start() {
    SparkConf settings =
        new SparkConf(false)
            .set("spark.history.fs.logDirectory", logs.toUri().toString())
            .set("spark.history.fs.update.interval", "1h");
    provider = new FsHistoryProvider(settings);
    server =
        new HistoryServer(
            settings, provider, new SecurityManager(settings, Option.empty(), null), 0);
    server.initialize();
    server.bind();
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  @Test
  void showsTheReportOfAFinishedRun() throws Exception {
    Path page = Files.writeString(output.resolve(RunReport.PAGE), "<h1>a finished run</h1>");
    log("app-1", new ReportPlaced(page.toUri().toString()));
    HttpResponse<String> tab = get("app-1", "/spark-lora/");
    assertThat(tab.statusCode()).isEqualTo(200);
    assertThat(tab.body()).isEqualTo("<h1>a finished run</h1>");
    assertThat(tab.headers().firstValue("Content-Security-Policy"))
        .hasValueSatisfying(policy -> assertThat(policy).startsWith("default-src 'none'"));
    assertThat(get("app-1", "/jobs/").body())
        .contains("/history/app-1/spark-lora/\">spark-lora</a>");
  }

  @Test
  void saysThatAReportIsGone() throws Exception {
    log("app-2", new ReportPlaced(output.resolve(RunReport.PAGE).toUri().toString()));
    HttpResponse<String> tab = get("app-2", "/spark-lora/");
    assertThat(tab.statusCode()).isEqualTo(404);
    assertThat(tab.body()).contains("The report cannot be read");
  }

  @Test
  void readsNothingButReportsForAnEventLog() throws Exception {
    Path secret = Files.writeString(output.resolve("core-site.xml"), "a secret");
    log("app-3", new ReportPlaced(secret.toUri().toString()));
    HttpResponse<String> tab = get("app-3", "/spark-lora/");
    assertThat(tab.statusCode()).isEqualTo(404);
    assertThat(tab.body()).contains("is no report").doesNotContain("a secret");
  }

  @Test
  void otherProgramsHaveNoSuchTab() throws Exception {
    log("app-4");
    HttpResponse<String> page = get("app-4", "/jobs/");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).doesNotContain("spark-lora");
  }

  private void log(String application, SparkListenerEvent... events) throws IOException {
    StringBuilder lines = new StringBuilder();
    lines.append("{\"Event\":\"SparkListenerLogStart\",\"Spark Version\":\"4.1.3\"}\n");
    lines.append(
        "{\"Event\":\"SparkListenerApplicationStart\",\"App Name\":\"a run\",\"App ID\":\"");
    lines.append(application).append("\",\"Timestamp\":1,\"User\":\"somebody\"}\n");
    lines.append(
        """
        {"Event":"SparkListenerEnvironmentUpdate","JVM Information":{},"Spark Properties":{},\
        "Hadoop Properties":{},"System Properties":{},"Metrics Properties":{},\
        "Classpath Entries":{}}
        """);
    for (SparkListenerEvent event : events) {
      lines.append(JsonProtocol.sparkEventToJsonString(event)).append('\n');
    }
    lines.append("{\"Event\":\"SparkListenerApplicationEnd\",\"Timestamp\":2}\n");
    Files.writeString(logs.resolve(application), lines);
    provider.checkForLogs(); // reads on threads of its own
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (provider.getApplicationInfo(application).isEmpty() && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
  }

  private HttpResponse<String> get(String application, String path) throws Exception {
    String address = "http://127.0.0.1:" + server.boundPort() + "/history/" + application + path;
    return HttpClient.newBuilder()
        .followRedirects(HttpClient.Redirect.NORMAL)
        .build()
        .send(
            HttpRequest.newBuilder(URI.create(address)).build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
