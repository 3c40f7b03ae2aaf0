package org.sparklora.store;

import java.io.IOException;

/**
 * Failures of a disk as what they are. Hadoop reports a write to a local disk that failed, such as
 * to a full one, as an error of the virtual machine, which no handler of exceptions sees.
 */
public final class DiskErrors {
  /** Not the class itself: help and the like need nothing but the jar, which has no Hadoop. */
  private static final String HADOOPS = "org.apache.hadoop.fs.FSError";

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
    } catch (Error e) {
      if (!e.getClass().getName().equals(HADOOPS)) {
        throw e;
      }
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(cause.getMessage(), e);
    }
  }
}
