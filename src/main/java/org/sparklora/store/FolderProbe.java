package org.sparklora.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.util.InvalidInputException;

/** Checks at the start of a run that a folder can be written to. */
public final class FolderProbe {
  /** The probe is not empty, because a full disk accepts an empty file. */
  private static final byte[] PROBE = new byte[4096];

  private FolderProbe() {}

  /**
   * Creates the folder and a file in it, and deletes both again. So nothing is left behind if the
   * run is then refused for another reason.
   *
   * @param flag that names the folder, for the message
   * @throws InvalidInputException (CONFIGURATION) when it cannot be written to
   */
  public static void write(String flag, String location, Configuration hadoop) {
    try {
      StoreFile marker = StoreFile.of(new Path(location, ".probe-" + UUID.randomUUID()), hadoop);
      FileSystem files = marker.fileSystem();
      List<Path> created = missing(files, marker.path().getParent());
      files.mkdirs(marker.path().getParent());
      marker.replace(out -> out.write(PROBE));
      files.delete(marker.path(), false);
      for (Path empty : created) {
        deleteIfEmpty(files, empty);
      }
    } catch (IOException | RuntimeException e) {
      throw InvalidInputException.configuration(
          "Cannot write to " + flag + ": " + location + ": " + e.getMessage());
    }
  }

  /** The folders that are not there yet, the innermost first. */
  private static List<Path> missing(FileSystem files, Path folder) throws IOException {
    List<Path> missing = new ArrayList<>();
    for (Path at = folder; at != null && !files.exists(at); at = at.getParent()) {
      missing.add(at);
    }
    return missing;
  }

  /** Deletes a folder only if it is empty: another run may have begun to write there meanwhile. */
  private static void deleteIfEmpty(FileSystem files, Path folder) throws IOException {
    if (files.exists(folder) && files.listStatus(folder).length == 0) {
      files.delete(folder, false);
    }
  }
}
