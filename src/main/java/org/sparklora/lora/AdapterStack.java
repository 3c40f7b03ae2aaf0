package org.sparklora.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.sparklora.lora.AdaptedModule.Network;
import org.sparklora.nn.Layer;
import org.sparklora.tensor.Ops;

/** Adapters from files on networks, several at once, each with a weight; for inference. */
public final class AdapterStack implements AutoCloseable {
  private record Fitted(Layer layer, NDArray a, NDArray b, NDArray scale) {}

  private final Ops ops;
  private final NDManager manager;
  private final Map<Network, Map<String, Layer>> networks;

  /**
   * @param networks the layers of each network by name
   */
  public AdapterStack(Ops ops, Map<Network, Map<String, Layer>> networks) {
    this.ops = ops;
    this.manager = ops.manager().newSubManager();
    this.networks = Map.copyOf(networks);
  }

  /**
   * Puts an adapter on the networks beside those already there.
   *
   * @param weight its updates are multiplied by
   * @throws org.sparklora.InvalidInputException (DATA) naming the modules that the networks have
   *     not, or of other shapes; nothing is changed then
   */
  public void add(Adapter adapter, double weight) {
    for (Fitted fitted : fit(manager, adapter, weight)) {
      // One array cannot be in two arguments of a block's call: each module has its own.
      NDArray noDropout = manager.create(new float[0]);
      fitted.layer().adapt(fitted.a(), fitted.b(), fitted.scale(), noDropout);
    }
  }

  /** Adds an adapter's updates to the networks' weights, for good. */
  public void fuse(Adapter adapter, double weight) {
    try (NDManager scope = manager.newSubManager()) {
      for (Fitted fitted : fit(scope, adapter, weight)) {
        fitted.layer().fuse(ops, fitted.a(), fitted.b(), fitted.scale());
      }
    }
  }

  private List<Fitted> fit(NDManager scope, Adapter adapter, double weight) {
    UnfitModules strangers = new UnfitModules();
    List<Fitted> fitted = new ArrayList<>();
    for (AdaptedModule module : adapter.modules()) {
      Layer layer = networks.getOrDefault(module.network(), Map.of()).get(module.name());
      int rank = module.rank();
      if (layer == null || !module.fits(layer.upShape(1).size(), layer.downShape(1).size())) {
        strangers.add(module);
        continue;
      }
      NDArray a = scope.create(module.down(), layer.downShape(rank));
      NDArray b = scope.create(module.up(), layer.upShape(rank));
      fitted.add(new Fitted(layer, a, b, scope.create((float) (module.scale() * weight))));
    }
    strangers.check(adapter.modules().size());
    return fitted;
  }

  /** Takes all adapters off that are not fused. */
  @Override
  public void close() {
    networks.values().forEach(layers -> layers.values().forEach(Layer::removeAdapters));
    manager.close();
  }
}
