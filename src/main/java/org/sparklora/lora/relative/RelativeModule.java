package org.sparklora.lora.relative;

import org.sparklora.model.Network;

/**
 * The update of one layer that depends on the base model's weight.
 *
 * @param network of the layer
 * @param name of the layer in that network's model file, without {@code .weight}
 * @param weight factor on the change
 */
public record RelativeModule(Network network, String name, RelativeUpdate update, double weight) {
  /** Returns the same update for the layer of that name in another network. */
  public RelativeModule in(Network other) {
    return new RelativeModule(other, name, update, weight);
  }

  /** Returns the same update with its change multiplied. */
  public RelativeModule times(double factor) {
    return new RelativeModule(network, name, update, weight * factor);
  }
}
