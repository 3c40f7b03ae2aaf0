package org.sparklora.data.file;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.sparklora.store.StoreFile;

/**
 * A file of a data set's folder.
 *
 * @param name its path below the folder
 */
public record FoundFile(String name, FileStatus status) {
  public static final String PARQUET_SUFFIX = ".parquet";

  /** Endings of pictures that can be decoded. */
  public static final List<String> DECODED_PICTURES =
      List.of("jpg", "jpeg", "png", "webp", "bmp", "gif");

  /**
   * Endings of pictures that cannot be decoded; such pictures are reported and not silently passed
   * over.
   */
  private static final List<String> OTHER_PICTURES =
      List.of("tif", "tiff", "avif", "heic", "heif", "jxl", "svg");

  /** Endings of files that hold many pictures, besides Parquet. */
  private static final List<String> CONTAINERS = List.of("tar", "arrow");

  public String path() {
    return status.getPath().toString();
  }

  /** The name without folders. */
  public String lastName() {
    return status.getPath().getName();
  }

  /** Makes a file below a root; the root may be the file itself. */
  static FoundFile below(Path root, FileStatus file) {
    String path = root.toUri().relativize(file.getPath().toUri()).getPath();
    return new FoundFile(path.isEmpty() ? file.getPath().getName() : path, file);
  }

  /** This file, named from a folder below the data set's. */
  FoundFile below(String folder) {
    return new FoundFile(name.substring(folder.length() + 1), status);
  }

  public boolean isParquet() {
    return extension().equals("parquet");
  }

  /** Whether it holds rows: it is a picture or a file that holds many. */
  boolean isData() {
    return isParquet() || isPicture() || CONTAINERS.contains(extension());
  }

  public boolean isPicture() {
    return isPicture(extension());
  }

  /** Whether files of this ending, in lower case, are pictures. */
  public static boolean isPicture(String extension) {
    return DECODED_PICTURES.contains(extension) || OTHER_PICTURES.contains(extension);
  }

  /** What follows the last point, in lower case; empty without one. */
  public String extension() {
    String last = lastName();
    int point = last.lastIndexOf('.');
    return point < 0 ? "" : last.substring(point + 1).toLowerCase(Locale.ROOT);
  }

  /** The path below the folder, without the extension. */
  public String stem() {
    int point = name.lastIndexOf('.');
    return point > name.lastIndexOf('/') ? name.substring(0, point) : name;
  }

  /** The folder it is in, below the data set's; empty for that itself. */
  public String folder() {
    int slash = name.lastIndexOf('/');
    return slash < 0 ? "" : name.substring(0, slash);
  }

  public String identity(Configuration configuration) throws IOException {
    Path path = status.getPath();
    return FileIdentity.of(StoreFile.of(path, configuration).fileSystem(), status);
  }
}
