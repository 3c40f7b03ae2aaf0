package org.sparklora.report.track;

import java.io.IOException;

/** A file that grows, of records that others may read before it is complete. */
interface LogFile extends AutoCloseable {
  /** Adds bytes; they need not be there for readers yet. */
  void append(byte[] bytes) throws IOException;

  /** Makes what was added readable where it is due, or in any case. */
  void flush(boolean now) throws IOException;

  @Override
  void close() throws IOException;
}
