package org.sparklora.spark.run;

import java.util.List;
import org.apache.hadoop.fs.Path;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.util.InvalidInputException;

/** Keeps what is written apart from the base model's files, which other programs read. */
public final class ModelApart {
  private ModelApart() {}

  /**
   * Refuses a folder that is the base model's, or lies in it.
   *
   * @param flag that names the folder
   */
  public static void require(String flag, String folder, ModelConfig model) {
    for (String of : List.of(model.location(), model.vaeLocation())) {
      if (!of.isEmpty() && isIn(new Path(folder), new Path(of))) {
        throw InvalidInputException.configuration(
            "Invalid " + flag + ": " + folder + " is in the base model; give another place");
      }
    }
  }

  private static boolean isIn(Path folder, Path model) {
    for (Path at = folder; at != null; at = at.getParent()) {
      if (at.equals(model)) {
        return true;
      }
    }
    return false;
  }
}
