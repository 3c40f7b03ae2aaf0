package org.sparklora.report.track;

import java.io.IOException;

/** A growing file of records, which others may read before it is complete. */
interface LogFile extends AutoCloseable {
  /** Adds bytes. Readers need not see them yet. */
  void append(byte[] bytes) throws IOException;

  /** Makes added bytes readable, if that is due or {@code now} is true. */
  void flush(boolean now) throws IOException;

  @Override
  void close() throws IOException;
}
