package org.sparklora.report.page;

import java.util.List;
import java.util.Optional;
import org.sparklora.report.event.ReportFacts;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.history.Attempt;
import org.sparklora.report.history.Note;
import org.sparklora.report.history.Quantity;
import org.sparklora.report.history.RunHistory;
import org.sparklora.report.html.Axis;

/**
 * The content of a page.
 *
 * @param now epoch milliseconds
 * @param everySeconds how often the page is written while the run lives
 */
public record PageModel(RunHistory history, ReportFacts facts, long now, long everySeconds) {
  RunEvent.RunDescription run() {
    return history.run().orElseThrow();
  }

  Attempt attempt() {
    return history.attempt();
  }

  boolean isRunning() {
    return attempt().end() == Attempt.End.RUNNING;
  }

  boolean isFinished() {
    return attempt().end() == Attempt.End.FINISHED;
  }

  /** The run's state, as a class of the style sheet. */
  String state() {
    return switch (attempt().end()) {
      case RUNNING -> "running";
      case FINISHED -> "finished";
      case FAILED -> "failed";
      case KILLED, LOST -> "stopped";
    };
  }

  /**
   * The folder of the adapter: the output folder, or the last checkpoint; empty before there is
   * one.
   */
  Optional<String> adapterFolder() {
    return isFinished()
        ? Optional.of(run().outputDir())
        : history.saved().map(RunHistory.Saved::folder);
  }

  /** Seconds until the last step, at the speed of the last steps. */
  Optional<Double> secondsLeft() {
    double speed =
        history.curve(Quantity.IMAGES_PER_SECOND).isEmpty()
            ? 0
            : history.curve(Quantity.IMAGES_PER_SECOND).last().mean();
    long left = history.course().steps() - attempt().step();
    return speed > 0 && left > 0
        ? Optional.of(left * (double) history.course().imagesPerStep() / speed)
        : Optional.empty();
  }

  /** The axis of steps of all charts. */
  Axis stepAxis() {
    long last = Math.max(1, history.step());
    return Axis.between(0, (double) last, 5);
  }

  /** Steps at which something happened, for the charts. */
  List<Long> marks() {
    return history.notes().all().stream()
        .filter(
            note ->
                note.kind() == Note.Kind.INCIDENT
                    || (note.kind() == Note.Kind.PHASE && note.step() > 0))
        .map(Note::step)
        .distinct()
        .toList();
  }
}
