package org.sparklora.data;

import java.io.IOException;
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
record FoundFile(String name, FileStatus status) {
  String path() {
    return status.getPath().toString();
  }

  /** The name without folders. */
  String lastName() {
    return status.getPath().getName();
  }

  /** A file of a folder, or the folder's place where that is a file itself. */
  static FoundFile below(Path root, FileStatus file) {
    String path = root.toUri().relativize(file.getPath().toUri()).getPath();
    return new FoundFile(path.isEmpty() ? file.getPath().getName() : path, file);
  }

  boolean isParquet() {
    return extension().equals("parquet");
  }

  /** Whether it holds rows: it is a Parquet file or a picture. */
  boolean isData() {
    return isParquet() || PictureFiles.isPicture(this);
  }

  /** What follows the last point, in lower case; empty without one. */
  String extension() {
    String last = lastName();
    int point = last.lastIndexOf('.');
    return point < 0 ? "" : last.substring(point + 1).toLowerCase(Locale.ROOT);
  }

  /** The path below the folder, without the extension. */
  String stem() {
    int point = name.lastIndexOf('.');
    return point > name.lastIndexOf('/') ? name.substring(0, point) : name;
  }

  /** The folder it is in, below the data set's; empty for that itself. */
  String folder() {
    int slash = name.lastIndexOf('/');
    return slash < 0 ? "" : name.substring(0, slash);
  }

  String identity(Configuration configuration) throws IOException {
    Path path = status.getPath();
    return FileIdentity.of(StoreFile.of(path, configuration).fileSystem(), status);
  }
}
