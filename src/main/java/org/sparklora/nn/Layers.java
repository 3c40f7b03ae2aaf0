package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Ops;

/**
 * Makes a network's layers from its weights, under a prefix of the model file, and remembers those
 * that can have an adapter.
 */
public final class Layers {
  private final Ops ops;
  private final Weights weights;
  private final AttentionKernel kernel;
  private final String prefix;
  private final Map<String, Layer> adaptable;

  private Layers(
      Ops ops,
      Weights weights,
      AttentionKernel kernel,
      String prefix,
      Map<String, Layer> adaptable) {
    this.ops = ops;
    this.weights = weights;
    this.kernel = kernel;
    this.prefix = prefix;
    this.adaptable = adaptable;
  }

  public static Layers of(Ops ops, Weights weights) {
    return of(ops, weights, AttentionKernel.DEFAULT);
  }

  /**
   * As {@link #of(Ops, Weights)}, with another attention kernel.
   *
   * @param kernel of the network's attentions
   */
  public static Layers of(Ops ops, Weights weights, AttentionKernel kernel) {
    return new Layers(ops, weights, kernel, "", new LinkedHashMap<>());
  }

  public Ops ops() {
    return ops;
  }

  /** The same layers under the prefix of a submodule. */
  public Layers at(String module) {
    return new Layers(ops, weights, kernel, prefix + module + ".", adaptable);
  }

  /** All linear and convolution layers made so far, by name, in the order of the forward pass. */
  public Map<String, Layer> adaptable() {
    return adaptable;
  }

  public Layer linear(String name, long in, long out, boolean bias) {
    return remember(
        new Layer(
            prefix + name,
            new Shape(-1, in),
            new Shape(out, -1),
            List.of(weight(name, out, in), bias(name, out, bias))));
  }

  public Layer conv(String name, long in, long out, int kernel, boolean bias) {
    return remember(
        new Layer(
            prefix + name,
            new Shape(-1, in, kernel, kernel),
            new Shape(out, -1, 1, 1),
            List.of(imageWeight(name, out, in, kernel), bias(name, out, bias))));
  }

  public Layer norm(String name, long channels) {
    return fixed(name, List.of(weight(name, channels), bias(name, channels, true)));
  }

  public Layer embedding(String name, long rows, long columns) {
    return fixed(name, List.of(weight(name, rows, columns)));
  }

  /** A parameter that is a single tensor, without {@code .weight} in its name. */
  public Layer parameter(String name, long... shape) {
    return fixed(name, List.of(weights.take(prefix + name, shape)));
  }

  /**
   * The {@code attention} argument of the op library, for softmax(scale Q K<sup>T</sup>) V.
   *
   * @param upcast whether it is computed in fp32
   */
  public NDArray attention(int heads, double scale, boolean upcast) {
    return ops.attrs(heads, scale, kernel.rows(heads), upcast ? 1 : 0, 0);
  }

  /** As {@link #attention}, but a token sees only the tokens before it. */
  public NDArray causalAttention(int heads, double scale) {
    return ops.attrs(heads, scale, kernel.rows(heads), 0, 1);
  }

  /** Whether attention is computed by torch's fused kernel for CPUs, or in blocks. */
  public boolean usesSdpaOnCpu() {
    return kernel instanceof AttentionKernel.Sdpa && !ops.manager().getDevice().isGpu();
  }

  /** The placeholder for an optional layer that the network does not have. */
  public Layer absent() {
    return fixed("", List.of(ops.newNone()));
  }

  private Layer fixed(String name, List<NDArray> tensors) {
    return new Layer(prefix + name, new Shape(), new Shape(), tensors);
  }

  private Layer remember(Layer layer) {
    adaptable.put(layer.name(), layer);
    return layer;
  }

  private NDArray weight(String name, long... shape) {
    return weights.take(prefix + name + ".weight", shape);
  }

  private NDArray imageWeight(String name, long out, long in, int kernel) {
    NDArray weight = weight(name, out, in, kernel, kernel);
    if (weight == ops.none()) {
      return weight;
    }
    NDArray inOrder = ops.call(weight.getManager(), "kernel", Ops.of(weight));
    weight.close();
    return inOrder;
  }

  private NDArray bias(String name, long size, boolean present) {
    return present ? weights.take(prefix + name + ".bias", size) : ops.newNone();
  }
}
