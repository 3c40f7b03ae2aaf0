package org.sparklora.spark;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ui.SparkUI;
import org.apache.spark.ui.SparkUITab;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.report.RunReport;
import org.sparklora.report.page.Page;
import scala.Option;

/** A tab in Spark's UI: the report as it is now. Where it cannot be, the run goes on without. */
final class ReportTab extends SparkUITab {
  static final String PATH = "spark-lora";
  private static final Logger LOG = LoggerFactory.getLogger(ReportTab.class);

  private ReportTab(SparkUI ui) {
    super(ui, PATH);
  }

  @Override
  public String name() {
    return PATH;
  }

  /** Puts it there, where there is a UI. Spark does not promise these classes to anyone. */
  static void attach(JavaSparkContext spark, RunReport report) {
    try {
      Option<SparkUI> ui = spark.sc().ui();
      if (ui.isDefined()) {
        attach(ui.get(), report);
        LOG.info("Report in Spark's UI: {}/{}/", ui.get().webUrl(), PATH);
      }
    } catch (LinkageError | RuntimeException e) {
      LOG.warn("No report in Spark's UI, the run goes on: {}", e.toString());
    }
  }

  private static void attach(SparkUI ui, RunReport report) {
    ui.attachHandler("/" + PATH, new ReportServlet(report), "/");
    ui.attachTab(new ReportTab(ui));
  }

  /** Serves the page. */
  private static final class ReportServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final transient RunReport report;

    ReportServlet(RunReport report) {
      this.report = report;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      if (!report.hasBegun()) {
        response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE, "The run has not begun");
        return;
      }
      byte[] page = report.html().getBytes(StandardCharsets.UTF_8);
      response.setContentType("text/html;charset=utf-8");
      response.setHeader("Content-Security-Policy", Page.policy());
      response.setHeader("Cache-Control", "no-store");
      response.setContentLength(page.length);
      response.getOutputStream().write(page);
    }
  }
}
