package org.sparklora.cli.target;

import java.io.IOException;
import org.sparklora.store.FileContent;

/** The files of a place that adapters are written to. */
interface TargetFiles {
  boolean exists(String file) throws IOException;

  boolean isFolder(String file) throws IOException;

  /** Whether a file that exists is the adapter of a run. */
  boolean isOfRun(String file) throws IOException;

  /**
   * Checks that a file's folder can be written to, and leaves nothing behind.
   *
   * @param flag that names the place
   * @throws org.sparklora.util.InvalidInputException (CONFIGURATION) when it cannot
   */
  void requireWritable(String flag, String file);

  /**
   * Writes a file, which is complete or not there.
   *
   * @return its size in bytes
   */
  long replace(String file, FileContent content) throws IOException;
}
