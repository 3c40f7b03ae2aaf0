package org.sparklora.spark.ui;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ui.SparkUI;
import org.apache.spark.ui.SparkUITab;
import org.apache.spark.ui.WebUITab;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.report.RunReport;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** A tab in Spark's UI that shows a run's report. */
public final class ReportTab extends SparkUITab {
  static final String PATH = "spark-lora";
  private static final Logger LOG = LoggerFactory.getLogger(ReportTab.class);

  private ReportTab(SparkUI ui) {
    super(ui, PATH);
  }

  @Override
  public String name() {
    return PATH;
  }

  /**
   * Shows the report as it is now, where there is a UI, and notes its place in Spark's event log.
   * Spark's classes for this are not a public interface. If another version of Spark lacks them,
   * the run goes on without the tab.
   */
  public static void attach(JavaSparkContext spark, RunReport report) {
    try {
      spark.sc().listenerBus().post(new ReportPlaced(report.location()));
      Option<SparkUI> ui = spark.sc().ui();
      if (ui.isDefined()) {
        attach(ui.get(), () -> page(report));
        LOG.info("Report in Spark's UI: {}/{}/", ui.get().webUrl(), PATH);
      }
    } catch (LinkageError | RuntimeException e) {
      LOG.warn("No report in Spark's UI, the run goes on: {}", e.toString());
    }
  }

  /**
   * Adds the tab to a UI, under that UI's own path in the server. It replaces the tab of an earlier
   * run in the same application.
   */
  static void attach(SparkUI ui, ReportServlet.Source report) {
    for (WebUITab tab : CollectionConverters.asJava(ui.getTabs())) {
      if (tab instanceof ReportTab) {
        ui.detachTab(tab);
        ui.detachHandler(ui.basePath() + "/" + PATH);
      }
    }
    ui.attachHandler(ui.basePath() + "/" + PATH, new ReportServlet(report), "/");
    ui.attachTab(new ReportTab(ui));
  }

  private static Optional<byte[]> page(RunReport report) {
    return report.hasBegun()
        ? Optional.of(report.html().getBytes(StandardCharsets.UTF_8))
        : Optional.empty();
  }
}
