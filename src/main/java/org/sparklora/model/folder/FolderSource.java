package org.sparklora.model.folder;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.store.RegularFile;

/** The files of a folder, wherever it is. */
public sealed interface FolderSource
    permits LocalFolder, OverlaidFolder, RemoteFolder, SingleFileFolder {
  /** Whether the folder itself exists. */
  boolean exists();

  /**
   * Names in a folder, sorted; subfolders end with a slash. Empty when there is no such folder.
   *
   * @param folder relative to this one; "" for itself
   */
  List<String> list(String folder);

  /** A local file with the content of a file that {@link #list} names. */
  Path local(String relative);

  /**
   * The bytes of a small file.
   *
   * @throws IOException when it cannot be read, is not a regular file or is longer than a
   *     configuration may be
   */
  default byte[] read(String relative) throws IOException {
    return RegularFile.read(local(relative), RegularFile.CONFIGURATION_BYTES);
  }

  /** Opens a folder. A location without a scheme, or with {@code file:}, is on this machine. */
  static FolderSource of(String location, Configuration hadoop) {
    return Locations.local(location)
        .<FolderSource>map(LocalFolder::new)
        .orElseGet(() -> RemoteFolder.of(location, hadoop));
  }

  /** Opens a folder on this machine. */
  static FolderSource of(Path folder) {
    return new LocalFolder(folder);
  }
}
