package org.sparklora.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.Languages;
import org.sparklora.report.event.SomeRun;
import org.sparklora.report.history.RunHistory;
import org.sparklora.store.Fence;
import org.sparklora.store.SupersededException;

class RunReportTest {
  @TempDir private Path folder;

  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Instant now = SomeRun.BEGAN;

  private RunReport report(Fence fence) {
    return new RunReport(
        new org.apache.hadoop.fs.Path(folder.toUri()),
        new Configuration(),
        fence,
        SomeRun.facts("train", "--rank=4"),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        () -> now,
        new RunHistory());
  }

  private String page() throws IOException {
    return Files.readString(folder.resolve(RunReport.PAGE));
  }

  @Test
  void isThereFromTheFirstEventOnAndSaysTheLast() throws IOException {
    RunReport report = report(Fence.NONE);
    report.on(SomeRun.started("run", "app-1"));
    assertThat(page()).contains("Preparing");
    report.on(SomeRun.training(0, 10));
    report.on(SomeRun.stepped(0));
    report.on(SomeRun.failed(1, "the cause"));
    assertThat(page()).contains("the cause");
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("Stopped after step 1", "no checkpoint yet", "--resume_from_checkpoint=latest");
    assertThat(folder.resolve(RunReport.HISTORY)).exists();
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("report.html", "report");
    }
  }

  @Test
  void isTheSameInEveryLanguage() throws Exception {
    String here = page(folder.resolve("here"));
    assertThat(Languages.each(() -> page(folder.resolve("elsewhere")))).containsOnly(here);
  }

  /** A run's page and history. */
  private String page(Path output) throws IOException {
    RunReport report =
        new RunReport(
            new org.apache.hadoop.fs.Path(output.toUri()),
            new Configuration(),
            Fence.NONE,
            SomeRun.facts("train", "--rank=4"),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            () -> now,
            new RunHistory());
    report.on(SomeRun.started("run", "app-1"));
    report.on(SomeRun.training(0, 12345));
    report.on(SomeRun.stepped(0));
    report.on(SomeRun.stepped(1));
    report.on(SomeRun.failed(1234, "the cause"));
    return Files.readString(output.resolve(RunReport.PAGE))
        + Files.readString(output.resolve(RunReport.HISTORY));
  }

  @Test
  void aStepAloneWritesNothingAndNewsWaitASecond() throws IOException {
    RunReport report = report(Fence.NONE);
    report.on(SomeRun.started("run", "app-1"));
    now = now.plusSeconds(100);
    report.on(SomeRun.training(0, 10));
    report.on(SomeRun.incident(1, "the first"));
    assertThat(page()).contains("Training").doesNotContain("the first");
    now = now.plusSeconds(100);
    report.on(SomeRun.stepped(0));
    assertThat(page()).doesNotContain("the first");
    report.on(SomeRun.incident(1, "the second"));
    assertThat(page()).contains("the first", "the second");
  }

  @Test
  void aRunThatWasTakenOverLeavesThePageToTheOther() {
    RunReport report =
        report(
            () -> {
              throw new SupersededException("another run has taken over");
            });
    report.on(SomeRun.started("run", "app-1"));
    report.on(SomeRun.failed(0, "superseded"));
    assertThat(folder.resolve(RunReport.PAGE)).doesNotExist();
    assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void aFolderThatCannotBeWrittenStopsNothing() throws IOException {
    Files.writeString(folder.resolve("report"), "a file where a folder should be");
    RunReport report = report(Fence.NONE);
    report.on(SomeRun.started("run", "app-1"));
    report.on(SomeRun.failed(0, "the cause"));
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("To start again");
  }
}
