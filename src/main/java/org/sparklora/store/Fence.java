package org.sparklora.store;

import java.io.IOException;

/** Decides before every write whether this run may still write. */
@FunctionalInterface
public interface Fence {
  /** A fence for files that no other run can write to. */
  Fence NONE = () -> {};

  /**
   * Returns if this run may write.
   *
   * @throws SupersededException if another run has taken over
   */
  void requireHeld() throws IOException;
}
