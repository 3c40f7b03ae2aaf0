package org.sparklora.lora;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.util.InvalidInputException;

/** The modules of an adapter that a base model has no place for. */
final class UnfitModules {
  private final List<String> strangers = new ArrayList<>();

  void add(AdaptedModule module) {
    strangers.add(module.name() + " with A " + new Shape(module.downShape()));
  }

  /**
   * Refuses the adapter if there are any.
   *
   * @param modules how many it has
   */
  void check(int modules) {
    if (!strangers.isEmpty()) {
      throw InvalidInputException.data(
          "Invalid adapter: "
              + strangers.size()
              + " of its "
              + modules
              + " modules do not fit the base model, the first is "
              + strangers.get(0)
              + "; it was made for another base model");
    }
  }
}
