package org.sparklora.pipeline;

import java.io.Serializable;

/**
 * An adapter to draw with.
 *
 * @param name {@code --adapter} as given
 * @param location the file or folder that it means
 * @param weight {@code --adapter_weight}: its updates are multiplied by
 */
public record WeightedAdapter(String name, String location, double weight) implements Serializable {
  /** The same adapter in another place, such as in the commit that a branch is now. */
  WeightedAdapter at(String other) {
    return new WeightedAdapter(name, other, weight);
  }

  /** The file's or folder's own name, without its ending. */
  String shortName() {
    return PictureText.lastName(name).replaceFirst("\\.[^.]+$", "");
  }
}
