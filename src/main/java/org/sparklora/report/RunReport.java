package org.sparklora.report;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.report.event.ReportFacts;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunListener;
import org.sparklora.report.history.HistoryFile;
import org.sparklora.report.history.RunHistory;
import org.sparklora.report.page.Page;
import org.sparklora.report.page.PageModel;
import org.sparklora.store.Fence;
import org.sparklora.store.StoreFile;
import org.sparklora.store.SupersededException;
import org.sparklora.util.FirstCause;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.Redaction;
import org.sparklora.util.Repeating;

/**
 * Keeps {@value #PAGE} in the output folder, and beside it the history that the next attempt
 * continues. Both are replaced every {@value #EVERY_SECONDS} s while the run lives, so that a
 * reader can tell from the page's time when a run has died. After an event they are replaced at
 * once. If writing is slow, they are replaced less often, so that writing takes at most a twentieth
 * of the time.
 */
public final class RunReport implements RunListener {
  /** The page's name in the output folder. */
  public static final String PAGE = "report.html";

  /** The file of the run's history, for its next attempt. */
  public static final String HISTORY = "report/history.json";

  static final int EVERY_SECONDS = 10;
  private static final long LOOK_MILLIS = 1000;
  private static final int TIMES_ITS_DURATION = 20;
  private static final Duration BETWEEN_EVENTS = Duration.ofSeconds(1);
  private static final Logger LOG = LoggerFactory.getLogger(RunReport.class);

  private final Path folder;
  private final Configuration hadoop;
  private final Fence fence;
  private final ReportFacts facts;
  private final PrintStream err;
  private final InstantSource clock;
  private final RunHistory history;
  private Optional<Repeating> timer = Optional.empty();
  private long writtenAt;
  private long writingTook;
  private boolean news;
  private boolean failing;
  private boolean superseded;

  /**
   * Opens a report, which continues the history of the attempt before if there is one.
   *
   * @param folder {@code --output_dir}
   * @param fence asked before anything is written
   * @param err stream for the command with which a stopped run can go on
   */
  public static RunReport open(
      Path folder, Configuration hadoop, Fence fence, ReportFacts facts, PrintStream err) {
    RunReport report =
        new RunReport(
            folder,
            hadoop,
            fence,
            facts,
            err,
            InstantSource.system(),
            new EarlierHistory(folder, hadoop, facts).read());
    report.timer = Optional.of(Repeating.every(LOOK_MILLIS, "run-report", report::onTime));
    return report;
  }

  /**
   * Reads the page of a folder; empty if there is none.
   *
   * @throws InvalidInputException (DATA) when it cannot be read
   */
  public static Optional<String> read(Path folder, Configuration hadoop) {
    Path page = new Path(folder, PAGE);
    try {
      return StoreFile.of(page, hadoop)
          .read()
          .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot read " + page + ": " + e.getMessage(), e);
    }
  }

  RunReport(
      Path folder,
      Configuration hadoop,
      Fence fence,
      ReportFacts facts,
      PrintStream err,
      InstantSource clock,
      RunHistory history) {
    this.folder = folder;
    this.hadoop = hadoop;
    this.fence = fence;
    this.facts = facts;
    this.err = err;
    this.clock = clock;
    this.history = history;
  }

  @Override
  public synchronized void on(RunEvent event) {
    history.add(event);
    if (event instanceof RunEvent.Failed || event instanceof RunEvent.Killed) {
      write();
      if (!superseded) {
        sayHowToGoOn(event);
      }
    } else if (event instanceof RunEvent.Finished || event instanceof RunEvent.Started) {
      write();
    } else if (!(event instanceof RunEvent.Stepped)) {
      news = true;
      writeIfDue();
    }
  }

  private synchronized void onTime() {
    if (!history.attempts().isEmpty()) {
      writeIfDue();
    }
  }

  private void writeIfDue() {
    long least = Math.max(BETWEEN_EVENTS.toMillis(), TIMES_ITS_DURATION * writingTook);
    long wait = news ? least : Math.max(least, EVERY_SECONDS * 1000L);
    if (clock.millis() - writtenAt >= wait) {
      write();
    }
  }

  private void write() {
    long began = clock.millis();
    try {
      byte[] page = html().getBytes(StandardCharsets.UTF_8);
      byte[] next = HistoryFile.write(history);
      fence.requireHeld();
      StoreFile.of(new Path(folder, HISTORY), hadoop).replace(out -> out.write(next), fence);
      StoreFile.of(new Path(folder, PAGE), hadoop).replace(out -> out.write(page), fence);
      failing = false;
    } catch (SupersededException e) {
      superseded = true; // from now on the page belongs to the other run
    } catch (Throwable e) {
      if (!failing) {
        LOG.warn(
            "Cannot write {}, trying again, the run goes on: {}",
            new Path(folder, PAGE),
            Redaction.text(FirstCause.of(e)));
      }
      failing = true;
    }
    news = false;
    writtenAt = clock.millis();
    writingTook = writtenAt - began;
  }

  /** The page as it would be written now. */
  public synchronized String html() {
    long every = Math.max(EVERY_SECONDS, TIMES_ITS_DURATION * writingTook / 1000);
    return Page.of(new PageModel(history, facts, clock.millis(), every));
  }

  /** Where the page is written. */
  public String location() {
    return new Path(folder, PAGE).toString();
  }

  /** Whether the run has begun, so that there is a page. */
  public synchronized boolean hasBegun() {
    return !history.attempts().isEmpty();
  }

  private void sayHowToGoOn(RunEvent event) {
    boolean killed = event instanceof RunEvent.Killed;
    StringBuilder text = new StringBuilder("\n");
    text.append(killed ? "Told to end" : "Stopped");
    text.append(" after step ").append(history.attempt().step());
    text.append(". Report: ").append(new Path(folder, PAGE)).append('\n');
    text.append(
        history
            .saved()
            .map(saved -> "Last whole checkpoint: " + saved.folder() + ". To go on:\n")
            .orElse("There is no checkpoint yet. To start again:\n"));
    text.append(facts.resume().text());
    if (!facts.resume().secrets().isEmpty()) {
      text.append("\n(Secrets are left out; give them again: ")
          .append(String.join(", ", facts.resume().secrets()))
          .append(')');
    }
    err.println(Redaction.text(text.toString()));
    err.flush();
  }

  @Override
  public synchronized void close() {
    timer.ifPresent(Repeating::interrupt);
  }
}
