package org.sparklora.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.report.event.SomeRun;
import org.sparklora.store.Fence;
import org.sparklora.store.KillPoint;

/** Killed before any operation on the report, the next attempt has a page of all attempts. */
@Tag("long")
class ReportKillTest {
  @TempDir private Path root;

  @Test
  void theNextAttemptHasAWholePage() throws IOException {
    int operations =
        KillPoint.before(
            new KillPoint.Trial() {
              @Override
              public KillPoint.Work begin(int number) throws IOException {
                run(number, new Configuration(), "app-first");
                return hadoop -> run(number, hadoop, "app-killed");
              }

              @Override
              public void after(int number, Configuration hadoop) throws IOException {
                assertThat(page(number)).contains("app-first").endsWith("</html>");
                run(number, hadoop, "app-last");
                assertThat(page(number)).contains("app-first", "app-last").endsWith("</html>");
              }
            });
    assertThat(operations).isGreaterThan(10);
  }

  private void run(int number, Configuration hadoop, String application) {
    PrintStream err = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    try (RunReport report =
        RunReport.open(
            new org.apache.hadoop.fs.Path(root.resolve("run-" + number).toUri()),
            hadoop,
            Fence.NONE,
            SomeRun.facts("train"),
            err)) {
      report.on(SomeRun.started("run", application));
      report.on(SomeRun.training(0, 10));
      report.on(SomeRun.failed(1, "the end"));
    }
  }

  private String page(int number) throws IOException {
    return Files.readString(root.resolve("run-" + number).resolve(RunReport.PAGE)).strip();
  }
}
