package org.sparklora.data.file;

import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.util.InvalidInputException;

/**
 * A folder that a run writes to, or reads something else from. What lies in it is none of the data
 * set's, even where the folder lies in the data set's.
 *
 * @param flag that names it
 */
public record ApartFolder(String flag, String location) {
  /**
   * Requires that it is not the data set's folder itself.
   *
   * @throws InvalidInputException (CONFIGURATION) when it is
   */
  public void requireApart(FileSystem fileSystem, Path root) {
    if (!location.isEmpty() && path(fileSystem).equals(root)) {
      throw InvalidInputException.configuration(
          "Invalid "
              + flag
              + ": "
              + location
              + "; it is the data set's folder, whose pictures are trained on; give another"
              + " folder");
    }
  }

  /** Why a file is none of the data set's; empty where it lies elsewhere. */
  public Optional<String> reason(FileSystem fileSystem, FoundFile file) {
    return !location.isEmpty() && file.path().startsWith(path(fileSystem) + "/")
        ? Optional.of("since they lie in the folder of " + flag)
        : Optional.empty();
  }

  private Path path(FileSystem fileSystem) {
    return new Path(location).makeQualified(fileSystem.getUri(), fileSystem.getWorkingDirectory());
  }
}
