package org.sparklora.spark.tune;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.spark.run.OutputContents;
import org.sparklora.store.Fence;
import org.sparklora.store.StoreFile;

/**
 * What is known of a trial: a file of its folder, which is the last to be written at each rung.
 *
 * @param recipe with which it is trained
 * @param rungs steps at which it was ranked
 * @param heldOut losses of the held-out pictures
 * @param training mean training losses of spans of steps
 * @param adapter file in the sweep's folder that holds its last adapter; empty before there is one
 * @param sha256 of that file
 */
record TrialRecord(
    @JsonProperty("recipe") Map<String, String> recipe,
    @JsonProperty("rungs") List<Long> rungs,
    @JsonProperty("held_out_loss") List<Point> heldOut,
    @JsonProperty("training_loss") List<Point> training,
    @JsonProperty("adapter") String adapter,
    @JsonProperty("sha256") String sha256) {
  private static final String NAME = OutputContents.TRIAL;

  /** A loss after so many steps. */
  record Point(@JsonProperty("step") long step, @JsonProperty("loss") double loss) {}

  TrialRecord {
    recipe = new TreeMap<>(recipe);
    rungs = List.copyOf(rungs);
    heldOut = List.copyOf(heldOut);
    training = List.copyOf(training);
  }

  static TrialRecord ofNew(Map<String, String> recipe) {
    return new TrialRecord(recipe, List.of(), List.of(), List.of(), "", "");
  }

  /** The same with the losses that are known now. */
  TrialRecord with(TrialCurves curves) {
    return new TrialRecord(recipe, rungs, curves.heldOut(), curves.training(), adapter, sha256);
  }

  /** The same at another rung, with the adapter there. */
  TrialRecord at(List<Long> otherRungs, String otherAdapter, String otherSha256) {
    return new TrialRecord(recipe, otherRungs, heldOut, training, otherAdapter, otherSha256);
  }

  /** Reads the file in a trial's folder; empty if the trial has not begun. */
  static Optional<TrialRecord> read(Path folder, Configuration hadoop) throws IOException {
    Optional<byte[]> json = StoreFile.of(new Path(folder, NAME), hadoop).read();
    return json.isEmpty()
        ? Optional.empty()
        : Optional.of(JSON.readValue(json.get(), TrialRecord.class));
  }

  void write(Path folder, Configuration hadoop, Fence fence) throws IOException {
    byte[] json = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
    StoreFile.of(new Path(folder, NAME), hadoop).replace(out -> out.write(json), fence);
  }

  /** Number of steps to its last rung. */
  long steps() {
    return rungs.isEmpty() ? 0 : rungs.get(rungs.size() - 1);
  }

  /** The loss by which it is ranked at a rung; empty if it has not got there. */
  OptionalDouble lossAt(long rung) {
    return rungs.contains(rung)
        ? heldOut.stream()
            .filter(point -> point.step() == rung)
            .mapToDouble(Point::loss)
            .findFirst()
        : OptionalDouble.empty();
  }
}
