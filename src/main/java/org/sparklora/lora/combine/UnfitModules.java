package org.sparklora.lora.combine;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.AdapterFamily;
import org.sparklora.lora.relative.RelativeModule;
import org.sparklora.model.ModelFamily;
import org.sparklora.util.InvalidInputException;

/** Collects the modules of an adapter that do not fit a base model. */
final class UnfitModules {
  private final List<String> strangers = new ArrayList<>();

  void add(AdaptedModule module) {
    strangers.add(module.name() + " with A " + new Shape(module.downShape()));
  }

  void add(RelativeModule module) {
    strangers.add(
        module.name() + " with " + module.update().kind() + " of " + module.update().size());
  }

  /**
   * Refuses the adapter if there are any.
   *
   * @param adapter with all its modules
   * @param family of the base model
   */
  void check(Adapter adapter, ModelFamily family) {
    if (strangers.isEmpty()) {
      return;
    }
    Optional<ModelFamily> other = AdapterFamily.of(adapter.modules()).filter(own -> own != family);
    throw InvalidInputException.data(
        "Invalid adapter: "
            + strangers.size()
            + " of its "
            + (adapter.modules().size() + adapter.relative().size())
            + " modules do not fit the base model, the first is "
            + strangers.get(0)
            + other
                .map(own -> "; it is for " + own.text() + ", the base model is " + family.text())
                .orElse("; it was made for another base model"));
  }
}
