package org.sparklora.cli.target;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.spark.run.OutputContents;
import org.sparklora.store.FileContent;
import org.sparklora.store.StoreFile;

/** Writes adapters to any Hadoop file system. */
record StoreTargetFiles(Configuration hadoop) implements TargetFiles {
  @Override
  public boolean exists(String file) throws IOException {
    return store(file).fileSystem().exists(new Path(file));
  }

  @Override
  public boolean isFolder(String file) throws IOException {
    return store(file).fileSystem().getFileStatus(new Path(file)).isDirectory();
  }

  @Override
  public boolean isOfRun(String file) throws IOException {
    return OutputContents.isAdapterOfRun(new Path(file), hadoop);
  }

  @Override
  public void requireWritable(String flag, String file) {
    OutputPlace.requireWritable(flag, file, hadoop);
  }

  @Override
  public long replace(String file, FileContent content) throws IOException {
    StoreFile target = store(file);
    target.replace(content);
    return target.fileSystem().getFileStatus(target.path()).getLen();
  }

  private StoreFile store(String file) throws IOException {
    return StoreFile.of(new Path(file), hadoop);
  }
}
