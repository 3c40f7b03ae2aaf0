package org.sparklora.pipeline;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.InvalidInputException;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.AdaptedModule.Network;
import org.sparklora.lora.Adapter;
import org.sparklora.model.ModelFolder;
import org.sparklora.model.TensorFile;

/** Whether adapters fit a base model, by the headers of its weights. */
record AdapterFit(Map<Network, Map<String, long[]>> shapes) {
  static AdapterFit of(ModelFolder base) {
    Map<Network, Map<String, long[]>> shapes = new EnumMap<>(Network.class);
    shapes.put(Network.UNET, shapes(base, "unet"));
    shapes.put(Network.TEXT_ENCODER, shapes(base, "text_encoder"));
    return new AdapterFit(shapes);
  }

  private static Map<String, long[]> shapes(ModelFolder base, String component) {
    Map<String, long[]> shapes = new TreeMap<>();
    try (TensorFile weights = base.weights(component)) {
      weights.tensors().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    }
    return shapes;
  }

  /**
   * Checks an adapter.
   *
   * @throws InvalidInputException (DATA) when a module is not in the base model, or of another
   *     shape
   */
  void check(String name, Adapter adapter) {
    List<String> strangers = new ArrayList<>();
    for (AdaptedModule module : adapter.modules()) {
      long[] weight = shapes.get(module.network()).get(module.name() + ".weight");
      if (weight == null || !fits(module, weight)) {
        strangers.add(module.name());
      }
    }
    if (!strangers.isEmpty()) {
      throw InvalidInputException.data(
          "Invalid --adapter: "
              + name
              + "; "
              + strangers.size()
              + " of its "
              + adapter.modules().size()
              + " modules do not fit the base model, the first is "
              + strangers.get(0)
              + "; it was made for another base model");
    }
  }

  /** A 1 x 1 convolution and a linear layer are the same numbers: tools write either. */
  private static boolean fits(AdaptedModule module, long[] weight) {
    long in = 1;
    for (int i = 1; i < weight.length; i++) {
      in *= weight[i];
    }
    return module.down().length == module.rank() * in
        && module.up().length == module.rank() * weight[0];
  }
}
