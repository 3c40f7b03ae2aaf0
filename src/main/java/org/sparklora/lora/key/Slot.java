package org.sparklora.lora.key;

import org.sparklora.lora.AdaptedModule.Network;

/**
 * What one tensor of an adapter file is.
 *
 * @param module the module's name in its network
 */
public record Slot(Network network, String module, Part part) {
  public enum Part {
    /** A. */
    DOWN,
    /** B. */
    UP,
    ALPHA,
    /** DoRA's, one value an output. */
    MAGNITUDE
  }
}
