package org.sparklora.spark.ui;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.sparklora.report.page.Page;

/** Serves a report's page. */
final class ReportServlet extends HttpServlet {
  private static final long serialVersionUID = 1;

  /** The source of the page; empty while there is no page. */
  @FunctionalInterface
  interface Source {
    Optional<byte[]> page() throws IOException;
  }

  private final transient Source source;

  ReportServlet(Source source) {
    this.source = source;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Optional<byte[]> page;
    try {
      page = source.page();
    } catch (IOException e) {
      response.sendError(
          HttpServletResponse.SC_NOT_FOUND, "The report cannot be read: " + e.getMessage());
      return;
    }
    if (page.isEmpty()) {
      response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE, "The run has not begun");
      return;
    }
    response.setContentType("text/html;charset=utf-8");
    response.setHeader("Content-Security-Policy", Page.policy());
    response.setHeader("Cache-Control", "no-store");
    response.setContentLength(page.get().length);
    response.getOutputStream().write(page.get());
  }
}
