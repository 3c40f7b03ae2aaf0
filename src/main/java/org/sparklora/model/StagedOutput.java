package org.sparklora.model;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.store.StoreFile;

/**
 * A file or a folder that is there whole or not at all: it is written beside its place under
 * another name, and renamed at the end. What is in its place stays until then.
 */
public final class StagedOutput implements AutoCloseable {
  private final FileSystem files;
  private final Path target;
  private final Path staged;

  private StagedOutput(FileSystem files, Path target) {
    this.files = files;
    this.target = target;
    this.staged = new Path(target.getParent(), "." + target.getName() + ".part");
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
    files.delete(output.staged, true);
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

  /** Puts what was written into its place. */
  public void commit() throws IOException {
    files.delete(target, true);
    if (!files.rename(staged, target)) {
      throw new IOException("Cannot rename " + staged + " to " + target);
    }
  }

  /** Removes what was not committed. */
  @Override
  public void close() throws IOException {
    files.delete(staged, true);
  }
}
