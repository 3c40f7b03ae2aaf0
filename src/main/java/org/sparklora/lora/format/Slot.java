package org.sparklora.lora.format;

import org.sparklora.lora.AdaptedModule.Network;

/**
 * What one tensor of an adapter file is.
 *
 * @param module the module's name in its network
 */
record Slot(Network network, String module, Part part) {
  enum Part {
    /** A. */
    DOWN,
    /** B. */
    UP,
    ALPHA,
    /** DoRA's, one value an output. */
    MAGNITUDE
  }
}
