package org.sparklora.data.file;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.util.InvalidInputException;

/**
 * A folder that a run writes to, or reads something else from. Its files do not belong to the data
 * set, even if it lies within the data set's folder.
 *
 * @param flag that names it
 */
public record ApartFolder(String flag, String location) {
  /**
   * The folders of the other data sets of a run, and those of all masks.
   *
   * @param masks places; empty for none
   */
  public static Stream<ApartFolder> otherSets(List<String> places, String own, List<String> masks) {
    return Stream.concat(
        places.stream()
            .filter(place -> !place.equals(own) && !isAbove(place, own))
            .map(place -> new ApartFolder("--data_sets", place)),
        masks.stream().map(place -> new ApartFolder("--conditioning_data_dir", place)));
  }

  /** Whether a data set's folder lies in another one, of which its files are then no part. */
  private static boolean isAbove(String place, String own) {
    Path outer = new Path(place);
    for (Path up = new Path(own).getParent(); up != null; up = up.getParent()) {
      if (up.equals(outer)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Requires that this folder is not the data set's folder itself.
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

  /**
   * The reason why a file does not belong to the data set; empty if the file lies outside this
   * folder.
   */
  public Optional<String> reason(FileSystem fileSystem, FoundFile file) {
    return !location.isEmpty() && file.path().startsWith(path(fileSystem) + "/")
        ? Optional.of("since they lie in the folder of " + flag)
        : Optional.empty();
  }

  private Path path(FileSystem fileSystem) {
    return new Path(location).makeQualified(fileSystem.getUri(), fileSystem.getWorkingDirectory());
  }
}
