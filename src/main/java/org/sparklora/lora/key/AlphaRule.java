package org.sparklora.lora.key;

import org.sparklora.model.Network;

/** Gives the alpha of a module whose file has no alpha tensor. */
public interface AlphaRule {
  /**
   * Sets alpha to the rank, so that the scale is one. This is the meaning of a file without any
   * alpha.
   */
  AlphaRule RANK = (network, module, rank) -> rank;

  double alpha(Network network, String module, int rank);

  /** The scale of an update without a rank: 1 in LyCORIS. */
  default double scaleOfWhole(String module) {
    return 1;
  }
}
