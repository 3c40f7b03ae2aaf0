package org.sparklora.store;

import java.io.IOException;

/** Asked before every write: whether this run is still the one that may. */
@FunctionalInterface
public interface Fence {
  /** For files that no other run can write to. */
  Fence NONE = () -> {};

  /**
   * Returns where this run may write.
   *
   * @throws SupersededException where another run has taken over
   */
  void requireHeld() throws IOException;
}
