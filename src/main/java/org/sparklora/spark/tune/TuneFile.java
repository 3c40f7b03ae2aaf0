package org.sparklora.spark.tune;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.spark.run.OutputContents;
import org.sparklora.spark.run.OutputFiles;
import org.sparklora.store.StoreFile;
import org.sparklora.util.InvalidInputException;

/**
 * {@code tune.json}: all trials of a sweep and what became of them.
 *
 * @param rungs steps at which trials are ranked
 * @param best number of the best trial; 0 before there is one
 */
record TuneFile(
    @JsonProperty("halving") int halving,
    @JsonProperty("rungs") List<Long> rungs,
    @JsonProperty("best") int best,
    @JsonProperty("trials") List<Entry> trials) {
  /**
   * A trial.
   *
   * @param latents name of the latent cache that it was trained on; empty before the first rung
   * @param steps number of steps that it was trained
   * @param heldOut its loss there; null before the first rung
   * @param ended whether it is running, finished, stopped at a rung, or failed
   * @param failure why it has no adapter; otherwise empty
   */
  record Entry(
      @JsonProperty("trial") int trial,
      @JsonProperty("flags") Map<String, String> flags,
      @JsonProperty("latents") String latents,
      @JsonProperty("ended") String ended,
      @JsonProperty("steps") long steps,
      @JsonProperty("held_out_loss") Double heldOut,
      @JsonProperty("adapter") String adapter,
      @JsonProperty("sha256") String sha256,
      @JsonProperty("failure") String failure,
      @JsonProperty("held_out_losses") List<TrialRecord.Point> heldOutLosses,
      @JsonProperty("training_losses") List<TrialRecord.Point> trainingLosses) {}

  static Optional<TuneFile> read(Path folder, Configuration hadoop) throws IOException {
    Optional<byte[]> json = StoreFile.of(new Path(folder, OutputContents.SWEEP), hadoop).read();
    return json.isEmpty()
        ? Optional.empty()
        : Optional.of(JSON.readValue(json.get(), TuneFile.class));
  }

  void write(OutputFiles files) throws IOException {
    byte[] json = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
    files.write(new Path(OutputContents.SWEEP), out -> out.write(json));
  }

  /**
   * Refuses to go on with another search.
   *
   * @param folder of the sweep
   * @throws InvalidInputException (CONFIGURATION) naming what differs first
   */
  void requireSame(Path folder, Sweep now) {
    int divisor = now.halving().orElse(1);
    String change =
        halving != divisor
            ? "--halving was " + halving(halving) + " and is now " + halving(divisor)
            : trials.size() != now.trials().size()
                ? "it had " + trials.size() + " trials and now has " + now.trials().size()
                : "";
    for (int i = 0; change.isEmpty() && i < trials.size(); i++) {
      Map<String, String> flags = trials.get(i).flags();
      Map<String, String> other = now.trials().get(i).flags();
      if (!flags.equals(other)) {
        change = "trial " + (i + 1) + " was " + flags + " and is now " + other;
      }
    }
    if (!change.isEmpty()) {
      throw InvalidInputException.configuration(
          "Cannot resume from "
              + folder
              + ": "
              + change
              + ". Give the same search, or another --output_dir");
    }
  }

  /**
   * Refuses steps of ranking that a trial may have passed without a loss there.
   *
   * @param folder of the sweep
   * @param now the steps at which trials would be ranked
   * @throws InvalidInputException (CONFIGURATION) with both
   */
  void requireRungs(Path folder, List<Long> now) {
    if (rungs.isEmpty()) {
      return;
    }
    long last = rungs.get(rungs.size() - 1);
    if (now.get(now.size() - 1) < last
        || now.stream().anyMatch(step -> step < last && !rungs.contains(step))) {
      throw InvalidInputException.configuration(
          "Cannot resume from "
              + folder
              + ": trials were ranked at steps "
              + rungs
              + " and would now be at "
              + now
              + ". Give the same --max_train_steps, or another --output_dir");
    }
  }

  private static String halving(int divisor) {
    return divisor == 1 ? "not given" : String.valueOf(divisor);
  }
}
