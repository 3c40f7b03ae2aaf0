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
 * @param state from which {@link AdapterOptimizer#resume} continues
 * @param configuration the recipe that it was written with, by flag
 */
public record Checkpoint(Path folder, OptimizerState state, Map<String, String> configuration) {
  private static final String ABSENT = "(not set)";

  public Checkpoint {
    configuration = Collections.unmodifiableMap(new TreeMap<>(configuration));
  }

  /**
   * Refuses to resume with another configuration.
   *
   * @param current the same keys as when the checkpoint was saved
   * @throws InvalidInputException naming every key that changed, with its old and new value
   */
  public void requireSame(Map<String, String> current) {
    requireSame(folder.toString(), configuration, current);
  }

  /**
   * Refuses to resume from a folder that was made with another configuration.
   *
   * @param folder of the checkpoint or run
   * @param made configuration that it was made with
   * @throws InvalidInputException naming every key that changed, with its old and new value
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
                + "; set it back, or start a new training in another --output_dir.");
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.CONFIGURATION, problems);
    }
  }
}
