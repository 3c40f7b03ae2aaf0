package org.sparklora.store;

import java.io.IOException;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Replaces a file on a file system that cannot do that in one move. The old file is set aside
 * first, under a name that readers know, so one of the two files always exists.
 */
record SetAside(FileSystem fileSystem, Path path) {
  private static final String END = ".before";

  /** The name of a file that was set aside; its group is the name that it had. */
  static final Pattern NAME = Pattern.compile("\\.(.+)" + Pattern.quote(END));

  /** The path of the old file while it is set aside. */
  Path aside() {
    return new Path(path.getParent(), "." + path.getName() + END);
  }

  /** Moves a complete file here. */
  void replaceBy(Path part) throws IOException {
    // The rename succeeds if the name is free, or if this file system replaces an existing file.
    if (!rename(part, path)) {
      fileSystem.delete(aside(), false);
      if (!rename(path, aside())) {
        throw new IOException("Cannot rename " + path + " to " + aside());
      }
      moveOrPutBack(part);
    }
    fileSystem.delete(aside(), false);
  }

  private void moveOrPutBack(Path part) throws IOException {
    try {
      if (!rename(part, path)) {
        throw new IOException("Cannot rename " + part + " to " + path);
      }
    } catch (IOException | RuntimeException e) {
      try {
        rename(aside(), path);
      } catch (IOException | RuntimeException other) {
        e.addSuppressed(other); // readers find the old file there
      }
      throw e;
    }
  }

  /**
   * Completes a replacement that a killed process began: the old file is moved back, or deleted if
   * the new one exists.
   */
  void settle() throws IOException {
    if (!rename(aside(), path)) {
      fileSystem.delete(aside(), false);
    }
  }

  private boolean rename(Path from, Path to) throws IOException {
    try {
      return fileSystem.rename(from, to);
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }
}
