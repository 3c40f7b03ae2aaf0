package org.sparklora.spark;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.train.CheckpointContent;

/** A file of the output folder that is there whole or not at all. */
public record OutputFile(Configuration hadoop, Path path) {
  /** Writes the file. */
  public void write(CheckpointContent content) throws IOException {
    FileSystem files = path.getFileSystem(hadoop);
    Path temporary = new Path(path.getParent(), "." + path.getName() + ".part");
    try (OutputStream out = files.create(temporary, true)) {
      content.writeTo(out);
    }
    files.delete(path, false);
    if (!files.rename(temporary, path)) {
      throw new IOException("Cannot rename " + temporary + " to " + path);
    }
  }
}
