package org.sparklora.spark.ui;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.report.RunReport;
import org.sparklora.report.event.SomeRun;
import org.sparklora.spark.SparkTestSession;
import org.sparklora.store.Fence;

class ReportTabTest {
  @TempDir private Path folder;

  private HttpResponse<String> get(String address) throws IOException, InterruptedException {
    return HttpClient.newBuilder()
        .followRedirects(HttpClient.Redirect.NORMAL)
        .build()
        .send(
            HttpRequest.newBuilder(URI.create(address)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void sparksUiShowsTheReportAsItIsNow() throws IOException, InterruptedException {
    JavaSparkContext spark = SparkTestSession.context();
    String ui = spark.sc().uiWebUrl().get();
    try (RunReport report =
        RunReport.open(
            new org.apache.hadoop.fs.Path(folder.toUri()),
            new Configuration(),
            Fence.NONE,
            SomeRun.facts("train"),
            new PrintStream(PrintStream.nullOutputStream()))) {
      ReportTab.attach(spark, report);
      assertThat(get(ui + "/spark-lora/").statusCode()).isEqualTo(503);
      report.on(SomeRun.started("a run", "app-1"));
      HttpResponse<String> page = get(ui + "/spark-lora");
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.body()).contains("<h1>a run</h1>");
      assertThat(page.headers().firstValue("Content-Security-Policy"))
          .hasValueSatisfying(policy -> assertThat(policy).startsWith("default-src 'none'"));
      assertThat(get(ui + "/jobs/").body()).contains("/spark-lora/\">spark-lora</a>");
    }
  }
}
