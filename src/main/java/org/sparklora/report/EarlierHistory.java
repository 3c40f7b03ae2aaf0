package org.sparklora.report;

import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.report.event.ReportFacts;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.history.HistoryFile;
import org.sparklora.report.history.RunHistory;
import org.sparklora.report.page.Page;
import org.sparklora.report.page.PageModel;
import org.sparklora.store.StoreFile;
import org.sparklora.train.step.StepMemory;
import org.sparklora.train.step.StepResult;
import org.sparklora.train.step.StepTiming;
import org.sparklora.train.step.TimeSplit;
import org.sparklora.util.Redaction;

/**
 * Reads the history that earlier attempts have written. A damaged or altered file, from which no
 * page can be made, is renamed, so that it does not break later reports.
 */
record EarlierHistory(Path folder, Configuration hadoop, ReportFacts facts) {
  private static final Logger LOG = LoggerFactory.getLogger(EarlierHistory.class);

  RunHistory read() {
    try {
      StoreFile file = StoreFile.of(path(RunReport.HISTORY), hadoop);
      if (file.isFolder()) {
        setFolderAside(file);
        return new RunHistory();
      }
      Optional<byte[]> json = file.read();
      if (json.isEmpty()) {
        return new RunHistory();
      }
      // The history is read again, because the check added made-up events to the first copy.
      if (isUsable(json.get())) {
        return HistoryFile.read(json.get()).orElseThrow();
      }
      setAside(json.get());
    } catch (IOException e) {
      LOG.warn("The report begins anew: {}", Redaction.text(String.valueOf(e.getMessage())));
    }
    return new RunHistory();
  }

  private boolean isUsable(byte[] json) {
    try {
      Optional<RunHistory> history = HistoryFile.read(json);
      history.ifPresent(this::rehearse);
      return history.isPresent();
    } catch (RuntimeException | StackOverflowError e) {
      LOG.debug("No page can be made of it", e);
      return false;
    }
  }

  /**
   * Adds typical events to a history and makes a page of it, so that a bad history fails here and
   * not later.
   */
  private void rehearse(RunHistory history) {
    Instant now = Instant.now();
    if (!history.attempts().isEmpty()) {
      page(history, now);
    }
    history.add(
        new RunEvent.Started(
            now,
            new RunEvent.RunDescription("run", "out", "model", "data", 1, 1, 0, Map.of(), "app")));
    history.add(new RunEvent.Training(now, history.step(), history.step() + 2, 1, 1));
    page(history, now);
    history.add(
        new RunEvent.Stepped(
            now,
            new StepResult(history.step(), 1, 1, 1, 1, false),
            new StepTiming(1, 0, 1, new StepMemory(1, 1, 0), TimeSplit.NONE),
            1));
    history.add(new RunEvent.Incident(now, history.step(), "none"));
    page(history, now);
    history.add(new RunEvent.Failed(now, history.step(), "none"));
    page(history, now);
    HistoryFile.write(history);
  }

  private void page(RunHistory history, Instant now) {
    var unused = Page.of(new PageModel(history, facts, now.toEpochMilli(), 10));
  }

  private void setAside(byte[] json) throws IOException {
    Path aside = aside();
    StoreFile.of(aside, hadoop).replace(out -> out.write(json));
    LOG.warn("The report starts again: {} is damaged; it is kept as {}", RunReport.HISTORY, aside);
  }

  /** No file could be written in place of a folder. */
  private void setFolderAside(StoreFile folder) throws IOException {
    Path aside = aside();
    if (!folder.fileSystem().rename(folder.path(), aside)) {
      throw new IOException("cannot rename the folder " + folder.path() + " to " + aside);
    }
    LOG.warn("The report begins anew: {} is a folder; it is kept as {}", RunReport.HISTORY, aside);
  }

  private Path aside() {
    return path("report/history-damaged-" + Instant.now().toEpochMilli() + ".json");
  }

  private Path path(String name) {
    return new Path(folder, name);
  }
}
