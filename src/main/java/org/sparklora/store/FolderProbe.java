package org.sparklora.store;

import java.io.IOException;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.InvalidInputException;

/** Writes to a folder, so that a run does not find out at its end. */
public final class FolderProbe {
  /** Not nothing: a full disk takes an empty file. */
  private static final byte[] PROBE = new byte[4096];

  private FolderProbe() {}

  /**
   * Creates the folder and a file in it, which is deleted again.
   *
   * @param flag that names the folder, for the message
   * @throws InvalidInputException (CONFIGURATION) when it cannot be written to
   */
  public static void write(String flag, String location, Configuration hadoop) {
    try {
      StoreFile marker = StoreFile.of(new Path(location, ".probe-" + UUID.randomUUID()), hadoop);
      FileSystem files = marker.fileSystem();
      files.mkdirs(marker.path().getParent());
      marker.replace(out -> out.write(PROBE));
      files.delete(marker.path(), false);
    } catch (IOException | RuntimeException e) {
      throw InvalidInputException.configuration(
          "Cannot write to " + flag + ": " + location + ": " + e.getMessage());
    }
  }
}
