package org.sparklora.store;

import java.io.IOException;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.InvalidInputException;

/** Writes to a folder, so that a run does not find out at its end. */
public final class FolderProbe {
  private FolderProbe() {}

  /**
   * Creates the folder and a file in it, which is deleted again.
   *
   * @param flag that names the folder, for the message
   * @throws InvalidInputException (CONFIGURATION) when it cannot be written to
   */
  public static void write(String flag, String location, Configuration hadoop) {
    try {
      Path folder = new Path(location);
      Path marker = new Path(folder, ".probe-" + UUID.randomUUID());
      FileSystem files = folder.getFileSystem(hadoop);
      files.mkdirs(folder);
      files.create(marker, false).close();
      files.delete(marker, false);
    } catch (IOException | RuntimeException e) {
      throw InvalidInputException.configuration(
          "Cannot write to " + flag + ": " + location + ": " + e.getMessage());
    }
  }
}
