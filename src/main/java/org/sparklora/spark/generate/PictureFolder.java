package org.sparklora.spark.generate;

import java.io.IOException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.store.FolderProbe;
import org.sparklora.store.StoreFile;
import org.sparklora.util.InvalidInputException;

/** A folder of numbered pictures, {@code 00000-SEED.png}. Pictures that are already there stay. */
final class PictureFolder {
  private static final Pattern NAME = Pattern.compile("(\\d{1,9})-.*\\.png");

  private final Configuration hadoop;
  private final Path folder;
  private int next;

  private PictureFolder(Configuration hadoop, Path folder, int next) {
    this.hadoop = hadoop;
    this.folder = folder;
    this.next = next;
  }

  /**
   * Makes the folder if there is none, and finds the first free number.
   *
   * @throws InvalidInputException (CONFIGURATION) when it cannot be written to
   */
  static PictureFolder open(String location, Configuration hadoop) {
    FolderProbe.write("--output_dir", location, hadoop);
    try {
      Path folder = new Path(location);
      return new PictureFolder(hadoop, folder, firstFree(folder, hadoop));
    } catch (IOException e) {
      throw InvalidInputException.configuration(
          "Cannot read --output_dir: " + location + ": " + e.getMessage());
    }
  }

  private static int firstFree(Path folder, Configuration hadoop) throws IOException {
    int free = 0;
    FileSystem files = folder.getFileSystem(hadoop);
    if (!files.exists(folder)) {
      return free; // the first picture makes it
    }
    for (FileStatus file : files.listStatus(folder)) {
      Matcher name = NAME.matcher(file.getPath().getName());
      if (name.matches()) {
        free = Math.max(free, Integer.parseInt(name.group(1)) + 1);
      }
    }
    return free;
  }

  /** Writes a picture, completely or not at all. */
  Path write(byte[] png, long seed) throws IOException {
    Path path = new Path(folder, String.format(Locale.ROOT, "%05d-%d.png", next++, seed));
    StoreFile.of(path, hadoop).replace(out -> out.write(png));
    return path;
  }
}
