package org.sparklora.store;

import java.io.IOException;

/**
 * Turns failures of a disk into exceptions. Hadoop reports a failed write to a local disk, such as
 * a full one, as an {@link Error}, which no handler of exceptions catches.
 */
public final class DiskErrors {
  /**
   * The class is referred to by name, because commands such as help run from the jar alone, without
   * Hadoop.
   */
  private static final String HADOOPS = "org.apache.hadoop.fs.FSError";

  private DiskErrors() {}

  /** Work on files. */
  @FunctionalInterface
  public interface Work<T> {
    T run() throws IOException;
  }

  /** Does the work. Any failure is thrown as an {@link IOException}. */
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
