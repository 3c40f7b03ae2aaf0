package org.sparklora.pipeline.request;

import java.io.Serializable;

/**
 * An adapter to draw with.
 *
 * @param name {@code --adapter} as given
 * @param location of the file or folder
 * @param weight {@code --adapter_weight}: factor on its updates
 */
public record WeightedAdapter(String name, String location, double weight) implements Serializable {
  /** The same adapter at another location, such as the commit that a branch is now. */
  public WeightedAdapter at(String other) {
    return new WeightedAdapter(name, other, weight);
  }
}
