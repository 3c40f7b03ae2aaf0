package org.sparklora.lora.key;

import org.sparklora.model.Network;

/** Alpha of a module whose file has no tensor for it. */
public interface AlphaRule {
  /** A scale of one: what a file means that says nothing. */
  AlphaRule RANK = (network, module, rank) -> rank;

  double alpha(Network network, String module, int rank);
}
