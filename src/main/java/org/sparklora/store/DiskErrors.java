package org.sparklora.store;

import java.io.IOException;
import org.apache.hadoop.fs.FSError;

/**
 * Failures of a disk as what they are. Hadoop reports a write to a local disk that failed, such as
 * to a full one, as an error of the virtual machine, which no handler of exceptions sees.
 */
public final class DiskErrors {
  private DiskErrors() {}

  /** Work on files. */
  @FunctionalInterface
  public interface Work<T> {
    T run() throws IOException;
  }

  /** Does the work; what fails is an {@link IOException}. */
  public static <T> T asExceptions(Work<T> work) throws IOException {
    try {
      return work.run();
    } catch (FSError e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(cause.getMessage(), e);
    }
  }
}
