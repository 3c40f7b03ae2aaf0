package org.sparklora.model.folder;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** This machine's files behind a scheme of their own, as if another host had them. */
public final class OtherHostFiles extends RawLocalFileSystem {
  static final AtomicInteger OPENED = new AtomicInteger();

  /** Settings under which {@code otherhost:/path} is {@code /path}. */
  public static Configuration configuration(java.nio.file.Path cache) {
    Configuration hadoop = new Configuration(false);
    hadoop.setClass("fs.otherhost.impl", OtherHostFiles.class, RawLocalFileSystem.class);
    hadoop.set(FileCache.FOLDER, cache.toString());
    return hadoop;
  }

  @Override
  public URI getUri() {
    return URI.create("otherhost:///");
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    OPENED.incrementAndGet();
    return super.open(path, bufferSize);
  }
}
