package org.sparklora.store;

import java.io.IOException;
import java.nio.file.Path;

/** A file system that keeps copies of its files on this machine itself. */
public interface LocalCopies {
  /** A file of this machine with the content of one of the file system. */
  Path local(org.apache.hadoop.fs.Path path) throws IOException;
}
