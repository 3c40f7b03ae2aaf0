package org.sparklora.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.sparklora.InvalidInputException;
import org.sparklora.nn.Layer;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;

/**
 * An adapter on a network: A and B of every target module, fp32 whatever the network computes in.
 */
public final class LoraAdapter implements AutoCloseable {
  private record Injected(Layer layer, int position) {}

  private final Ops ops;
  private final NDManager manager;
  private final AdapterLayout layout;
  private final double dropout;
  private final List<Injected> injected = new ArrayList<>();
  private final List<NDArray> leaves = new ArrayList<>();

  private LoraAdapter(Ops ops, AdapterLayout layout, double dropout) {
    this.ops = ops;
    this.manager = ops.manager().newSubManager();
    this.layout = layout;
    this.dropout = dropout;
  }

  /**
   * Puts an adapter of zeros on a network.
   *
   * @param layers the network's layers by name
   * @throws InvalidInputException (DATA) when the layout has a module that the network has not, or
   *     of another shape
   */
  public static LoraAdapter inject(
      Ops ops, Map<String, Layer> layers, AdapterLayout layout, LoraConfig config) {
    LoraAdapter adapter = new LoraAdapter(ops, layout, config.dropout());
    for (AdapterLayout.Module module : layout.modules()) {
      Layer layer = layers.get(module.name());
      Shape down = new Shape(module.downShape());
      Shape up = new Shape(module.upShape());
      if (layer == null
          || !layer.downShape(config.rank()).equals(down)
          || !layer.upShape(config.rank()).equals(up)) {
        adapter.close();
        throw InvalidInputException.data(
            "Invalid adapter: module "
                + module.name()
                + " with A "
                + down
                + " and B "
                + up
                + " does not fit the network; it was made for another base model");
      }
      NDArray a = adapter.manager.zeros(down);
      NDArray b = adapter.manager.zeros(up);
      adapter.leaves.add(a);
      adapter.leaves.add(b);
      NDArray scale = adapter.manager.create((float) config.scale());
      NDArray noDropout = adapter.manager.create(new float[0]);
      int position = layer.adapt(a, b, scale, noDropout);
      adapter.injected.add(new Injected(layer, position));
    }
    return adapter;
  }

  public AdapterLayout layout() {
    return layout;
  }

  /** Makes backward compute gradients of A and B. */
  public void requireGradients() {
    leaves.forEach(ops::requireGradient);
  }

  /**
   * Sets A and B.
   *
   * @param values {@code float[layout().parameters()]}
   */
  public void load(float[] values) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray flat = scope.create(values);
      ops.call(scope, "scatter", Ops.of(flat), Ops.of(leaves));
    }
  }

  /**
   * Takes the gradients that backward left and zeroes them.
   *
   * @return {@code float[layout().parameters()]}
   */
  public float[] takeGradients() {
    try (NDManager scope = manager.newSubManager()) {
      List<NDArray> gradients = leaves.stream().map(ops::gradient).toList();
      float[] values = ops.call(scope, "gather", Ops.of(gradients)).toFloatArray();
      gradients.forEach(NDArray::close);
      return values;
    }
  }

  /**
   * Draws the dropout masks of one micro-batch.
   *
   * @param firstSlot position of its first sample among the step's samples
   */
  public void drawDropout(NDManager scope, long seed, long step, long firstSlot, int batch) {
    if (dropout == 0) {
      return;
    }
    for (int i = 0; i < injected.size(); i++) {
      long[] keys = new long[1 + batch];
      keys[0] = Math.round((1 - dropout) * 0x1p32);
      for (int j = 0; j < batch; j++) {
        KeyedRandom random = KeyedRandom.of(seed, Purpose.LORA_DROPOUT, step, firstSlot + j);
        keys[1 + j] = (random.bits() + i * 0x9E3779B97F4A7C15L) >>> 32;
      }
      Injected module = injected.get(i);
      module.layer().setDropout(module.position(), scope.create(keys));
    }
  }

  /** Leaves dropout out for as long as the scope is open, or until masks are drawn again. */
  public void leaveOutDropout(NDManager scope) {
    if (dropout == 0) {
      return;
    }
    // An array each: a call takes none twice.
    injected.forEach(
        module -> module.layer().setDropout(module.position(), scope.create(new float[0])));
  }

  /** Takes the adapter, and any other, off the network. */
  @Override
  public void close() {
    injected.forEach(module -> module.layer().removeAdapters());
    manager.close();
  }
}
