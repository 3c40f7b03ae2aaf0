package org.sparklora.pipeline;

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
  WeightedAdapter at(String other) {
    return new WeightedAdapter(name, other, weight);
  }

  /** The file's or folder's own name, without its ending. */
  String shortName() {
    return PictureText.lastName(name).replaceFirst("\\.[^.]+$", "");
  }
}
