package org.sparklora.lora.combine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.lycoris.Algo;
import org.sparklora.lora.lycoris.FactoredUpdate;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;
import org.sparklora.nn.Layer;
import org.sparklora.tensor.Ops;
import org.sparklora.util.InvalidInputException;

/**
 * Puts adapters from files on networks for inference. There may be several at once, each with a
 * weight.
 */
public final class AdapterStack implements AutoCloseable {
  private static final int LORA_SHARE = 4;

  /**
   * A module on its layer.
   *
   * @param a A; or all factors as one vector
   * @param b B; or what is in that vector
   */
  private record Fitted(
      Layer layer, NDArray a, NDArray b, NDArray scale, Optional<NDArray> magnitude) {}

  private final Ops ops;
  private final NDManager manager;
  private final Map<Network, Map<String, Layer>> networks;
  private final Set<Layer> fused = new HashSet<>();

  /**
   * @param networks the layers of each network by name
   */
  public AdapterStack(Ops ops, Map<Network, Map<String, Layer>> networks) {
    this.ops = ops;
    this.manager = ops.manager().newSubManager();
    this.networks = Map.copyOf(networks);
  }

  /**
   * Puts an adapter on the networks after those already there. As in PEFT, a module with a
   * magnitude also scales what earlier adapters added.
   *
   * @param weight factor on its updates; magnitudes are not multiplied
   * @throws InvalidInputException (DATA) naming the modules that the networks do not have, or that
   *     have other shapes; nothing is changed then
   */
  public void add(Adapter adapter, double weight) {
    for (Fitted fitted : fit(manager, adapter, weight)) {
      // One array cannot be in two arguments of a block's call, so each module has its own.
      NDArray noDropout = manager.create(new float[0]);
      Layer layer = fitted.layer();
      if (fitted.magnitude().isPresent()) {
        layer.adapt(
            fitted.a(), fitted.b(), fitted.scale(), noDropout, fitted.magnitude().orElseThrow());
        layer.takeNorms(ops);
      } else {
        layer.adapt(fitted.a(), fitted.b(), fitted.scale(), noDropout);
      }
    }
  }

  /**
   * Adds an adapter's updates to the networks' weights, for good.
   *
   * @throws InvalidInputException (DATA) as {@link #add}; (CONFIGURATION) when the weight of a
   *     module with a magnitude already holds another adapter: the module needs the norm of the
   *     base model's weight
   */
  public void fuse(Adapter adapter, double weight) {
    try (NDManager scope = manager.newSubManager()) {
      List<Fitted> fitted = fit(scope, adapter, weight);
      fitted.stream()
          .filter(module -> module.magnitude().isPresent() && fused.contains(module.layer()))
          .findFirst()
          .ifPresent(module -> refuseToFuse(module.layer()));
      for (Fitted module : fitted) {
        NDArray magnitude = module.magnitude().orElseGet(() -> scope.create(new float[0]));
        module.layer().fuse(ops, module.a(), module.b(), module.scale(), magnitude);
        fused.add(module.layer());
      }
    }
  }

  private static void refuseToFuse(Layer layer) {
    throw InvalidInputException.configuration(
        "Unsupported order of adapters: the second that is fused into "
            + layer.name()
            + " is a DoRA, whose magnitude is relative to the base model's weight; name the DoRA"
            + " first, or do not fuse");
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
      NDArray a;
      NDArray b;
      if (staysFactored(module)) {
        FactoredUpdate factors = module.factors().orElseThrow();
        a = scope.create(factors.values());
        b = ops.attrs(factors.factors().description());
        b.attach(scope);
      } else {
        a = scope.create(module.down(), layer.downShape(rank));
        b = scope.create(module.up(), layer.upShape(rank));
      }
      NDArray scale = scope.create((float) (module.scale() * weight));
      fitted.add(new Fitted(layer, a, b, scale, module.magnitude().map(scope::create)));
    }
    strangers.check(adapter.modules(), family());
    return fitted;
  }

  /**
   * Whether an update is computed from the factors of a LoHa or LoKr. A LoHa whose LoRA has less
   * than a quarter of the weight's numbers is computed faster as LoRA. The norm of a magnitude is
   * that of LoRA.
   */
  private static boolean staysFactored(AdaptedModule module) {
    return module
        .factors()
        .map(FactoredUpdate::factors)
        .filter(factors -> module.magnitude().isEmpty())
        .filter(
            factors ->
                factors.algo() == Algo.LOKR
                    || LORA_SHARE * module.parameters() > factors.rows() * factors.columns())
        .isPresent();
  }

  private ModelFamily family() {
    return networks.containsKey(Network.TEXT_ENCODER_2)
        ? ModelFamily.STABLE_DIFFUSION_XL
        : ModelFamily.STABLE_DIFFUSION;
  }

  /** Takes off all adapters that are not fused. */
  @Override
  public void close() {
    networks.values().forEach(layers -> layers.values().forEach(Layer::removeAdapters));
    manager.close();
  }
}
