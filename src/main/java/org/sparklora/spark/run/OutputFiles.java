package org.sparklora.spark.run;

import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.sparklora.store.FileContent;

/** Writes files of the output folder while the run owns it. */
@FunctionalInterface
public interface OutputFiles {
  /**
   * Writes a file, in place of an earlier one.
   *
   * @param path in the output folder
   */
  void write(Path path, FileContent content) throws IOException;
}
