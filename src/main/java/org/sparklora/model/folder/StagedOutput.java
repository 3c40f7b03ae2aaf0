package org.sparklora.model.folder;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.store.StoreFile;

/**
 * A file or folder that is either complete or not there. It is written under another name and
 * renamed at the end. An older file or folder stays until then. A folder that is replaced is first
 * moved aside. If the process is killed between the two moves, the next attempt moves it back.
 */
public final class StagedOutput implements AutoCloseable {
  private final FileSystem files;
  private final Path target;
  private final Path staged;
  private final Path aside;

  private StagedOutput(FileSystem files, Path target) {
    this.files = files;
    this.target = target;
    this.staged = new Path(target.getParent(), "." + target.getName() + ".part");
    this.aside = new Path(target.getParent(), "." + target.getName() + ".old");
  }

  /**
   * Begins to write.
   *
   * @param location the file or folder: a path on this machine or a URI that Hadoop knows
   */
  public static StagedOutput open(String location, Configuration hadoop) throws IOException {
    Path target = new Path(location);
    FileSystem files = StoreFile.of(target, hadoop).fileSystem();
    StagedOutput output = new StagedOutput(files, files.makeQualified(target));
    files.mkdirs(output.target.getParent());
    if (files.exists(output.aside) && !files.exists(output.target)) {
      output.rename(output.aside, output.target);
    }
    files.delete(output.staged, true);
    files.delete(output.aside, true);
    return output;
  }

  /** The file itself, for writing. */
  public OutputStream file() throws IOException {
    return new BufferedOutputStream(files.create(staged, true));
  }

  /** A file in the folder, for writing. */
  public OutputStream file(String relative) throws IOException {
    return new BufferedOutputStream(files.create(new Path(staged, relative), true));
  }

  /** Renames what was written to its final name. */
  public void commit() throws IOException {
    if (files.getFileStatus(staged).isFile()) {
      new StoreFile(files, target).replaceBy(staged);
      return;
    }
    boolean replaces = files.exists(target);
    if (replaces) {
      rename(target, aside);
    }
    try {
      rename(staged, target);
    } catch (IOException | RuntimeException e) {
      if (replaces) {
        putBack(e);
      }
      throw e;
    }
    files.delete(aside, true);
  }

  private void putBack(Exception why) {
    try {
      rename(aside, target);
    } catch (IOException | RuntimeException e) {
      why.addSuppressed(e);
    }
  }

  private void rename(Path from, Path to) throws IOException {
    if (!files.rename(from, to)) {
      throw new IOException("Cannot rename " + from + " to " + to);
    }
  }

  /** Removes what was not committed. */
  @Override
  public void close() throws IOException {
    files.delete(staged, true);
  }
}
