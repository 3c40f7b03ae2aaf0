package org.sparklora.cli.target;

import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.store.FolderProbe;
import org.sparklora.util.InvalidInputException;

/** Checks that a place can be written before any work is done. */
final class OutputPlace {
  private OutputPlace() {}

  /**
   * Writes a file into the folder of the place, and removes it, together with the folder if it was
   * created for this. So a command that is refused for another reason leaves nothing behind.
   *
   * @throws InvalidInputException (CONFIGURATION) when that fails
   */
  static void requireWritable(String flag, String location, Configuration hadoop) {
    String folder =
        Optional.ofNullable(new Path(location).getParent()).map(Path::toString).orElse("/");
    FolderProbe.write(flag, folder.isEmpty() ? "." : folder, hadoop);
  }
}
