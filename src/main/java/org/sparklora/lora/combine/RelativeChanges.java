package org.sparklora.lora.combine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.lycoris.ExactFactors;
import org.sparklora.lora.lycoris.Matrix;
import org.sparklora.lora.relative.RelativeModule;
import org.sparklora.lora.relative.RelativeUpdate;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;
import org.sparklora.model.TensorAliases;
import org.sparklora.model.WeightChange;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFloats;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.util.InvalidInputException;

/**
 * Computes updates that depend on the weights of a base model. Every one sees the weights alone.
 */
public record RelativeChanges(ModelFolder base) {

  /**
   * Turns every update of an adapter that depends on the base model into B A.
   *
   * @throws InvalidInputException (DATA) when a module does not fit the base model
   */
  public Adapter on(Adapter adapter) {
    if (adapter.relative().isEmpty()) {
      return adapter;
    }
    requireFit(adapter);
    List<AdaptedModule> modules = new ArrayList<>(adapter.modules());
    each(adapter, modules::add);
    return new Adapter(modules, adapter.tokens(), adapter.metadata());
  }

  /**
   * Gives each such update as B A, one after the other, so that few are in memory.
   *
   * @param adapter one that {@link #requireFit} has let pass
   */
  public void each(Adapter adapter, Consumer<AdaptedModule> to) {
    for (Network network : Network.values()) {
      List<RelativeModule> own =
          adapter.relative().stream().filter(module -> module.network() == network).toList();
      if (!own.isEmpty()) {
        try (TensorFile file = base.weights(network.component())) {
          own.forEach(module -> to.accept(adapted(file, module)));
        }
      }
    }
  }

  /**
   * Requires that each such update fits the base model.
   *
   * @throws InvalidInputException (DATA) when a module does not
   */
  public void requireFit(Adapter adapter) {
    UnfitModules strangers = new UnfitModules();
    for (Network network : Network.values()) {
      List<RelativeModule> own =
          adapter.relative().stream().filter(module -> module.network() == network).toList();
      if (own.isEmpty()) {
        continue;
      }
      if (network == Network.TEXT_ENCODER_2 && !base.has(network.component())) {
        own.forEach(strangers::add);
        continue;
      }
      try (TensorFile file = base.weights(network.component())) {
        own.stream().filter(module -> weight(file, module).isEmpty()).forEach(strangers::add);
      }
    }
    strangers.check(adapter, ModelFamily.of(base));
  }

  /**
   * Finds a module's weight; empty if there is none of its shape.
   *
   * @throws InvalidInputException (DATA) when the update also scales a bias and the layer has one
   */
  Optional<TensorInfo> weight(TensorFile file, RelativeModule module) {
    Optional<TensorInfo> weight =
        TensorAliases.find(file, module.name() + ".weight")
            .filter(found -> found.shape().length > 1 && module.update().fits(found.shape()));
    if (weight.isPresent()
        && module.update().scalesBias()
        && TensorAliases.find(file, module.name() + ".bias").isPresent()) {
      throw InvalidInputException.data(
          "Unsupported adapter: the IA3 of "
              + module.name()
              + " scales the outputs of a layer with a bias, and so the bias; only changes of"
              + " weights are made. Merge it with PEFT");
    }
    return weight;
  }

  /** A change of the stored rows. It is computed at the first row and dropped after the last. */
  WeightChange rows(RelativeModule module) {
    return new WeightChange.Rows(new Rows(module));
  }

  private final class Rows implements WeightChange.RowUpdate {
    private final RelativeModule module;
    private Matrix delta;

    Rows(RelativeModule module) {
      this.module = module;
    }

    @Override
    public void applyTo(double[] row, int index) {
      if (delta == null) {
        try (TensorFile file = base.weights(module.network().component())) {
          delta = delta(file, module);
        }
      }
      for (int i = 0; i < row.length; i++) {
        row[i] += module.weight() * delta.values()[index * row.length + i];
      }
      if (index == delta.rows() - 1) {
        delta = null;
      }
    }
  }

  private Matrix delta(TensorFile file, RelativeModule module) {
    TensorInfo stored = weight(file, module).orElseThrow();
    return module.update().delta(matrix(file, stored), RelativeUpdate.kernel(stored.shape()));
  }

  private AdaptedModule adapted(TensorFile file, RelativeModule module) {
    TensorInfo stored = weight(file, module).orElseThrow();
    long[] shape = stored.shape();
    ExactFactors factors =
        module.update().factors(matrix(file, stored), RelativeUpdate.kernel(shape));
    long[] down = shape.clone();
    down[0] = factors.rank();
    long[] up = new long[shape.length];
    Arrays.fill(up, 1);
    up[0] = shape[0];
    up[1] = factors.rank();
    float[] a = factors.down().floats();
    float[] b = factors.up().floats();
    if (!FiniteValues.isFinite(a) || !FiniteValues.isFinite(b)) {
      throw InvalidInputException.data(
          "Invalid adapter: the change of "
              + module.name()
              + " is beyond fp32; its training diverged, or it is for another base model");
    }
    return new AdaptedModule(
        module.network(), module.name(), down, a, up, b, factors.rank() * module.weight());
  }

  private static Matrix matrix(TensorFile file, TensorInfo stored) {
    return Matrix.of(stored.shape()[0], TensorFloats.read(file, stored.name()));
  }
}
