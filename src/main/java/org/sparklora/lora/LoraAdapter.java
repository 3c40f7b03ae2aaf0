package org.sparklora.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.sparklora.lora.lycoris.LycorisFactors;
import org.sparklora.model.Network;
import org.sparklora.nn.Layer;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.util.InvalidInputException;

/**
 * An adapter on networks: A, B and any magnitude of every target module, and the rows of new
 * tokens. All are fp32, whatever type the networks compute in.
 */
public final class LoraAdapter implements AutoCloseable {
  /**
   * A module's tensors and their layer. Factors of LoHa and LoKr are one vector in place of A, and
   * B says what is in it. The position on the layer is known while they are on it.
   */
  private static final class Injected {
    private final AdapterLayout.Module module;
    private final Layer layer;
    private final Optional<LycorisFactors> factors;
    private final NDArray a;
    private final NDArray b;
    private final NDArray scale;
    private final NDArray noDropout;
    private final Optional<NDArray> magnitude;
    private int position;

    Injected(AdapterLayout.Module module, Layer layer, Ops ops, NDManager manager) {
      this.module = module;
      this.layer = layer;
      this.factors = module.lycoris();
      this.a =
          manager.zeros(
              new Shape(factors.map(f -> new long[] {f.size()}).orElse(module.downShape())));
      this.b =
          factors
              .map(f -> ops.attrs(f.description()))
              .orElseGet(() -> manager.zeros(new Shape(module.upShape())));
      b.attach(manager);
      this.scale = manager.create((float) module.scale());
      this.noDropout = manager.create(new float[0]);
      this.magnitude =
          module.dora()
              ? Optional.of(manager.zeros(new Shape(module.magnitudeSize())))
              : Optional.empty();
    }

    void attach() {
      position =
          magnitude
              .map(lengths -> layer.adapt(a, b, scale, noDropout, lengths))
              .orElseGet(() -> layer.adapt(a, b, scale, noDropout));
    }

    /** The tensors in the order of the flat vector. */
    List<NDArray> leaves() {
      List<NDArray> leaves = new ArrayList<>(factors.isPresent() ? List.of(a) : List.of(a, b));
      magnitude.ifPresent(leaves::add);
      return leaves;
    }

    void setDropout(NDArray dropout) {
      layer.setDropout(position, dropout);
    }

    void setInnerDropout(NDArray dropout) {
      layer.setInnerDropout(position, dropout);
    }
  }

  private final Ops ops;
  private final NDManager manager;
  private final AdapterLayout layout;
  private final double dropout;
  private final InnerDropout inner;
  private final Map<Network, ClipTextModel> textEncoders;
  private final List<Injected> injected = new ArrayList<>();
  private final List<NDArray> leaves = new ArrayList<>();
  private final Set<NDArray> unread = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean attached;

  private LoraAdapter(
      Ops ops,
      AdapterLayout layout,
      double dropout,
      InnerDropout inner,
      Map<Network, ClipTextModel> textEncoders) {
    this.ops = ops;
    this.manager = ops.manager().newSubManager();
    this.layout = layout;
    this.dropout = dropout;
    this.inner = inner;
    this.textEncoders = textEncoders;
  }

  /**
   * Puts an adapter of zeros on a UNet.
   *
   * @param layers the network's layers by name
   * @throws InvalidInputException (DATA) when the layout has a module that the network does not
   *     have, or that has another shape there
   */
  public static LoraAdapter inject(
      Ops ops, Map<String, Layer> layers, AdapterLayout layout, LoraConfig config) {
    return inject(ops, AdaptedNetworks.unet(layers), layout, config.dropout(), config.inner());
  }

  /**
   * Puts an adapter of zeros on networks.
   *
   * @param dropout probability of zeroing an input of A while training
   * @throws InvalidInputException (DATA) when the layout has a module that the networks do not
   *     have, or that has another shape there
   */
  public static LoraAdapter inject(
      Ops ops, AdaptedNetworks networks, AdapterLayout layout, double dropout) {
    return inject(ops, networks, layout, dropout, InnerDropout.NONE);
  }

  /**
   * Puts an adapter of zeros on networks.
   *
   * @param dropout probability of zeroing an input of A while training
   * @param inner dropout between A and B while training
   * @throws InvalidInputException (DATA) when the layout has a module that the networks do not
   *     have, or that has another shape there
   */
  public static LoraAdapter inject(
      Ops ops, AdaptedNetworks networks, AdapterLayout layout, double dropout, InnerDropout inner) {
    LoraAdapter adapter = new LoraAdapter(ops, layout, dropout, inner, networks.textEncoders());
    for (AdapterLayout.Module module : layout.modules()) {
      Layer layer = networks.layers(module.network()).get(module.name());
      requireFit(adapter, module, Optional.ofNullable(layer));
      Injected put = new Injected(module, layer, ops, adapter.manager);
      adapter.injected.add(put);
      adapter.leaves.addAll(put.leaves());
      if (module.unread()) {
        adapter.unread.addAll(put.leaves());
      }
    }
    adapter.learnTokens(networks.firstNewToken());
    adapter.attachModules();
    return adapter;
  }

  private static void requireFit(
      LoraAdapter adapter, AdapterLayout.Module module, Optional<Layer> layer) {
    Shape down = new Shape(module.downShape());
    Shape up = new Shape(module.upShape());
    boolean fits =
        layer
            .filter(l -> l.downShape(module.rank()).equals(down))
            .filter(l -> l.upShape(module.rank()).equals(up))
            .isPresent();
    if (!fits) {
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
  }

  private void learnTokens(int firstId) {
    layout
        .tokenRows()
        .forEach(
            (encoder, count) -> {
              ClipTextModel model = textEncoders.get(encoder);
              NDArray rows = manager.zeros(new Shape(count, model.config().hiddenSize()));
              leaves.add(rows);
              model.learnRows(firstId, rows);
            });
  }

  /** Puts the modules on their layers, unless they are on them already. */
  public void attachModules() {
    if (!attached) {
      injected.forEach(Injected::attach);
      attached = true;
      takeNorms();
    }
  }

  private void takeNorms() {
    injected.forEach(module -> module.layer.takeNorms(ops));
  }

  /** Takes the modules off their layers, together with those of any other adapter. Tokens stay. */
  public void detachModules() {
    injected.forEach(module -> module.layer.removeAdapters());
    attached = false;
  }

  public AdapterLayout layout() {
    return layout;
  }

  /** Makes backward compute gradients of A, B, magnitudes and tokens. */
  public void requireGradients() {
    leaves.forEach(ops::requireGradient);
  }

  /**
   * Sets A, B, magnitudes and tokens.
   *
   * @param values {@code float[layout().parameters()]}
   */
  public void load(float[] values) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray flat = scope.create(values);
      ops.call(scope, "scatter", Ops.of(flat), Ops.of(leaves));
    }
    if (attached) {
      takeNorms();
    }
  }

  /**
   * What a backward pass left.
   *
   * @param values {@code float[layout().parameters()]}
   */
  public record Gradients(float loss, float[] values) {}

  /**
   * Takes the gradients that backward left and zeroes them; those of modules that are detached, or
   * that nothing reads, are zero. Loss and gradients come from the device as one vector, because
   * reading it waits for all work before it.
   *
   * @param loss a scalar in fp32
   */
  public Gradients takeGradients(NDArray loss) {
    try (NDManager scope = manager.newSubManager()) {
      int ofModules = injected.stream().mapToInt(module -> module.leaves().size()).sum();
      List<NDArray> reached = attached ? leaves : leaves.subList(ofModules, leaves.size());
      List<NDArray> gradients =
          reached.stream()
              .map(leaf -> unread.contains(leaf) ? leaf.zerosLike() : ops.gradient(leaf))
              .toList();
      float[] read = ops.call(scope, "gather", Ops.of(gradients), Ops.of(loss)).toFloatArray();
      gradients.forEach(NDArray::close);
      int taken = read.length - 1;
      float[] all = new float[layout.parameters()];
      System.arraycopy(read, 0, all, all.length - taken, taken);
      return new Gradients(read[taken], all);
    }
  }

  /**
   * Draws the dropout masks of one micro-batch in a network.
   *
   * @param slots positions of the micro-batch's samples among the step's samples
   */
  public void drawDropout(NDManager scope, Network network, long seed, long step, long... slots) {
    if (!attached) {
      return;
    }
    List<Integer> modules =
        IntStream.range(0, injected.size())
            .filter(i -> injected.get(i).module.network() == network)
            .boxed()
            .toList();
    if (!inner.isNone()) {
      NDList keys = sent(scope, modules, i -> inner.keys(i, seed, step, slots));
      for (int j = 0; j < keys.size(); j++) {
        injected.get(modules.get(j)).setInnerDropout(keys.get(j));
      }
    }
    if (dropout > 0) {
      NDList keys = sent(scope, modules, i -> dropoutKeys(i, seed, step, slots));
      for (int j = 0; j < keys.size(); j++) {
        injected.get(modules.get(j)).setDropout(keys.get(j));
      }
    }
  }

  private long[] dropoutKeys(int module, long seed, long step, long... slots) {
    long[] keys = new long[1 + slots.length];
    keys[0] = Math.round((1 - dropout) * 0x1p32);
    for (int j = 0; j < slots.length; j++) {
      KeyedRandom random = KeyedRandom.of(seed, Purpose.LORA_DROPOUT, step, slots[j]);
      keys[1 + j] = (random.bits() + module * 0x9E3779B97F4A7C15L) >>> 32;
    }
    return keys;
  }

  /** Copies the keys of all modules to the device at once, because a copy to a GPU waits. */
  private NDList sent(NDManager scope, List<Integer> modules, IntFunction<long[]> keys) {
    if (modules.isEmpty()) {
      return new NDList();
    }
    List<long[]> all = modules.stream().map(keys::apply).toList();
    double[] places = new double[2 * all.size()];
    int at = 0;
    for (int i = 0; i < all.size(); i++) {
      places[2 * i] = at;
      places[2 * i + 1] = all.get(i).length;
      at += all.get(i).length;
    }
    NDArray flat = scope.create(all.stream().flatMapToLong(Arrays::stream).toArray());
    return ops.parts(scope, flat, places);
  }

  /** Switches dropout off while the scope is open, or until masks are drawn again. */
  public void leaveOutDropout(NDManager scope) {
    if (!attached) {
      return;
    }
    // Each module has an array of its own, because a call cannot take the same array twice.
    if (dropout > 0) {
      injected.forEach(module -> module.setDropout(scope.create(new float[0])));
    }
    if (!inner.isNone()) {
      injected.forEach(module -> module.setInnerDropout(scope.create(new float[0])));
    }
  }

  /** Takes this adapter and any other off the networks. */
  @Override
  public void close() {
    detachModules();
    layout.tokenRows().keySet().forEach(encoder -> textEncoders.get(encoder).forgetRows());
    manager.close();
  }
}
