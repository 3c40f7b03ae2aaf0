package org.sparklora.train.checkpoint;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.OptimizerState;
import org.sparklora.util.InvalidInputException;

/**
 * A checkpoint, read and verified.
 *
 * @param folder where it is
 * @param state what {@link AdapterOptimizer#resume} goes on from
 * @param configuration what had to stay the same when it was written, by flag
 */
public record Checkpoint(Path folder, OptimizerState state, Map<String, String> configuration) {
  private static final String ABSENT = "(not set)";

  public Checkpoint {
    configuration = Collections.unmodifiableMap(new TreeMap<>(configuration));
  }

  /**
   * Refuses to go on with another configuration.
   *
   * @param current the same keys as when the checkpoint was saved
   * @throws InvalidInputException naming every key that changed, its old and its new value
   */
  public void requireSame(Map<String, String> current) {
    requireSame(folder.toString(), configuration, current);
  }

  /**
   * Refuses to go on from what was made with another configuration.
   *
   * @param folder where it is
   * @param made what it was made with
   * @throws InvalidInputException naming every key that changed, its old and its new value
   */
  public static void requireSame(
      String folder, Map<String, String> made, Map<String, String> current) {
    TreeSet<String> keys = new TreeSet<>(made.keySet());
    keys.addAll(current.keySet());
    List<String> problems = new ArrayList<>();
    for (String key : keys) {
      String before = made.getOrDefault(key, ABSENT);
      String now = current.getOrDefault(key, ABSENT);
      if (!before.equals(now)) {
        problems.add(
            "Cannot resume from "
                + folder
                + ": "
                + key
                + " was "
                + before
                + " and is now "
                + now
                + "; set it back, or train anew into another --output_dir.");
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.CONFIGURATION, problems);
    }
  }
}
