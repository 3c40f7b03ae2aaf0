package org.sparklora.store;

import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** Renames as HDFS does: never over a file. Its scheme is {@code renaming}. */
public final class RenamingFileSystem extends RawLocalFileSystem {
  static Configuration configuration() {
    Configuration hadoop = new Configuration();
    hadoop.set("fs.renaming.impl", RenamingFileSystem.class.getName());
    return hadoop;
  }

  @Override
  public URI getUri() {
    return URI.create("renaming:///");
  }

  @Override
  public String getScheme() {
    return "renaming";
  }

  @Override
  public synchronized boolean rename(Path from, Path to) throws IOException {
    return !exists(to) && super.rename(from, to);
  }
}
