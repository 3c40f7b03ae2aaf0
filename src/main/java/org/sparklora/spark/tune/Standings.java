package org.sparklora.spark.tune;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.spark.run.Recipe;
import org.sparklora.spark.tune.Rungs.Score;

/** How the trials of a sweep stand: who goes on, and what is known of each. */
final class Standings {
  private final List<Trial> trials;
  private final Rungs rungs;
  private final Map<String, Long> ends;
  private final Path folder;
  private final Configuration hadoop;
  private final Map<Integer, TrialRecord> records = new TreeMap<>();
  private final Map<Integer, String> failures = new TreeMap<>();
  private Set<Integer> goingOn = new TreeSet<>();
  private int best;

  /**
   * @param ends the last steps of the trials, by their names
   * @param folder of the sweep
   */
  Standings(
      List<Trial> trials, Rungs rungs, Map<String, Long> ends, Path folder, Configuration hadoop) {
    this.trials = trials;
    this.rungs = rungs;
    this.ends = ends;
    this.folder = folder;
    this.hadoop = hadoop;
    trials.forEach(trial -> goingOn.add(trial.number()));
  }

  /** Reads what the trials' folders say. */
  void read() throws IOException {
    for (Trial trial : trials) {
      TrialRecord.read(new Path(folder, trial.name()), hadoop)
          .ifPresent(record -> records.put(trial.number(), record));
    }
  }

  /** Number of steps of all trials up to their last rungs. */
  long steps() {
    return records.values().stream().mapToLong(TrialRecord::steps).sum();
  }

  /** The trials that go on. */
  List<Trial> goingOn() {
    return trials.stream().filter(trial -> goingOn.contains(trial.number())).toList();
  }

  Optional<TrialRecord> record(Trial trial) {
    return Optional.ofNullable(records.get(trial.number()));
  }

  Optional<String> failure(Trial trial) {
    return Optional.ofNullable(failures.get(trial.number()));
  }

  void failed(Trial trial, String why) {
    failures.put(trial.number(), why);
    goingOn.remove(trial.number());
  }

  /**
   * Ranks the trials that go on, after a rung, and stops the worst; at the last rung finds the
   * best.
   *
   * @return the ranking
   */
  List<Score> rank(long rung) {
    List<Score> scores = new ArrayList<>();
    for (Trial trial : goingOn()) {
      scores.add(new Score(trial.number(), lossAt(trial, rung).orElseThrow()));
    }
    List<Score> ranked = Rungs.ranked(scores);
    if (rung < last()) {
      goingOn = new TreeSet<>(rungs.goOn(scores, scores.size()));
    } else if (!ranked.isEmpty()) {
      best = ranked.get(0).trial();
    }
    return ranked;
  }

  /** Its loss at a rung, or at its end where that is earlier; empty if it has not got there. */
  OptionalDouble lossAt(Trial trial, long rung) {
    return record(trial)
        .map(record -> record.lossAt(Math.min(rung, ends.get(trial.name()))))
        .orElse(OptionalDouble.empty());
  }

  private long last() {
    return rungs.steps().get(rungs.steps().size() - 1);
  }

  Optional<Trial> best() {
    return trials.stream().filter(trial -> trial.number() == best).findFirst();
  }

  /** All of it, as a file. */
  TuneFile file() {
    return new TuneFile(
        rungs.divisor(), rungs.steps(), best, trials.stream().map(this::entry).toList());
  }

  private TuneFile.Entry entry(Trial trial) {
    Optional<TrialRecord> record = record(trial);
    long steps = record.map(TrialRecord::steps).orElse(0L);
    OptionalDouble loss = lossAt(trial, steps);
    String failure = failures.getOrDefault(trial.number(), "");
    String ended =
        !failure.isEmpty()
            ? "failed"
            : !goingOn.contains(trial.number()) ? "stopped" : best > 0 ? "finished" : "running";
    return new TuneFile.Entry(
        trial.number(),
        trial.flags(),
        record.map(known -> known.recipe().getOrDefault(Recipe.LATENTS, "")).orElse(""),
        ended,
        steps,
        loss.isPresent() ? loss.getAsDouble() : null,
        record.map(TrialRecord::adapter).orElse(""),
        record.map(TrialRecord::sha256).orElse(""),
        failure,
        record.map(TrialRecord::heldOut).orElse(List.of()),
        record.map(TrialRecord::training).orElse(List.of()));
  }
}
