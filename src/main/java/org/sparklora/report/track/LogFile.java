package org.sparklora.report.track;

import java.io.IOException;

/**
 * A growing file of records, which others may read before it is complete. If a write fails, what
 * was not written is kept, and the next flush writes it so that readers find no broken record.
 */
interface LogFile extends AutoCloseable {
  /** Adds a record. Readers need not see it yet. */
  void append(byte[] record);

  /**
   * Makes added records readable, if that is due or {@code now} is true.
   *
   * @return whether all added records are readable
   */
  boolean flush(boolean now) throws IOException;

  @Override
  void close() throws IOException;
}
