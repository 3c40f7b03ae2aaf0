package org.sparklora.store;

import java.io.IOException;
import java.nio.file.Path;

/** A file system that keeps copies of its files on this machine itself. */
public interface LocalCopies {
  /** A file on this machine with the content of a file of the file system. */
  Path local(org.apache.hadoop.fs.Path path) throws IOException;
}
