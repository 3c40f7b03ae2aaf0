package org.sparklora.data.row;

import java.io.IOException;

/** A row whose picture cannot be read, while the rows after it can. */
public final class UnreadableRowException extends IOException {
  private static final long serialVersionUID = 1L;

  private final long id;

  UnreadableRowException(long id, String reason) {
    super(reason);
    this.id = id;
  }

  /** The row's number in the data set. */
  public long id() {
    return id;
  }
}
