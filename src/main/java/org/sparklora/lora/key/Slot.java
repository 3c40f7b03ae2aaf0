package org.sparklora.lora.key;

import org.sparklora.model.Network;

/**
 * The meaning of one tensor of an adapter file.
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
    /** The magnitude of DoRA, one value for each output. */
    MAGNITUDE,
    /** The core of a LoCon in Tucker decomposition, between A and B. */
    MID,
    HADA_W1_A,
    HADA_W1_B,
    HADA_W2_A,
    HADA_W2_B,
    HADA_T1,
    HADA_T2,
    LOKR_W1,
    LOKR_W1_A,
    LOKR_W1_B,
    LOKR_W2,
    LOKR_W2_A,
    LOKR_W2_B,
    LOKR_T2,
    /** A whole difference of a weight. */
    DIFF,
    /** A difference of a bias. */
    DIFF_B
  }
}
