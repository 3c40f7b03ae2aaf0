package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.tensor.Ops;

/**
 * A layer with weights: the {@code layer} argument of the op library, {@code [weight, bias]} and
 * {@value #TENSORS_PER_ADAPTER} tensors for each adapter on it.
 */
public final class Layer {
  /** Number of tensors an adapter adds: A, B, scale, two of dropout, magnitude and norm. */
  public static final int TENSORS_PER_ADAPTER = 7;

  private static final int DROPOUT = 3;
  private static final int MAGNITUDE = 4;
  private static final int INNER_DROPOUT = 6;

  private final String name;
  private final Shape down;
  private final Shape up;
  private final int baseTensors;
  private final List<NDArray> tensors;

  /**
   * @param down shape of an adapter's A, with -1 for the rank; no dimensions if the layer cannot be
   *     adapted
   * @param up shape of an adapter's B, with -1 for the rank
   */
  Layer(String name, Shape down, Shape up, List<NDArray> base) {
    this.name = name;
    this.down = down;
    this.up = up;
    this.baseTensors = base.size();
    this.tensors = new ArrayList<>(base);
  }

  /** Name in the network, as in the model file without {@code .weight}. */
  public String name() {
    return name;
  }

  /** Shape of A at a rank: {@code r x in} or {@code r x in x k x k}. */
  public Shape downShape(int rank) {
    return withRank(down, rank);
  }

  /** Shape of B at a rank: {@code out x r} or {@code out x r x 1 x 1}. */
  public Shape upShape(int rank) {
    return withRank(up, rank);
  }

  /**
   * Puts an adapter on top of those already there.
   *
   * @param a {@link #downShape}, fp32; or all factors of an update of LyCORIS as one vector
   * @param b {@link #upShape}, fp32; or what is in that vector, see {@code ops/lycoris.py}
   * @param scale a number, fp32
   * @param dropout see {@code Adapter} in {@code ops/library.py}; without elements for none
   * @return the adapter's position on this layer
   */
  public int adapt(NDArray a, NDArray b, NDArray scale, NDArray dropout) {
    NDArray noMagnitude = none(a);
    tensors.addAll(List.of(a, b, scale, dropout, noMagnitude, none(a), none(a)));
    return adapters() - 1;
  }

  /**
   * Puts an adapter with a magnitude (DoRA) on top of those already there. Its norms must be taken
   * before the layer is used, see {@link #takeNorms}.
   *
   * @param magnitude {@code out}, fp32
   */
  public int adapt(NDArray a, NDArray b, NDArray scale, NDArray dropout, NDArray magnitude) {
    NDArray norm = a.getManager().ones(magnitude.getShape());
    tensors.addAll(List.of(a, b, scale, dropout, magnitude, norm, none(a)));
    return adapters() - 1;
  }

  private static NDArray none(NDArray like) {
    return like.getManager().create(new float[0]);
  }

  /** Computes the norms of {@code W + scale * B A} again for adapters with a magnitude. */
  public void takeNorms(Ops ops) {
    for (int at = baseTensors; at < tensors.size(); at += TENSORS_PER_ADAPTER) {
      if (tensors.get(at + MAGNITUDE).size() > 0) {
        NDArray norm = tensors.get(at + MAGNITUDE + 1);
        try (NDManager scope = norm.getManager().newSubManager()) {
          ops.call(
              scope,
              "dora_norm",
              Ops.of(tensors.get(0)),
              Ops.of(tensors.get(at)),
              Ops.of(tensors.get(at + 1)),
              Ops.of(tensors.get(at + 2)),
              Ops.of(norm));
        }
      }
    }
  }

  /** Replaces the dropout of an adapter, before a micro-batch. */
  public void setDropout(int adapter, NDArray dropout) {
    tensors.set(baseTensors + TENSORS_PER_ADAPTER * adapter + DROPOUT, dropout);
  }

  /**
   * Replaces the dropout inside of an adapter, before a micro-batch.
   *
   * @param dropout see {@code Adapter} in {@code ops/library.py}; without elements for none
   */
  public void setInnerDropout(int adapter, NDArray dropout) {
    tensors.set(baseTensors + TENSORS_PER_ADAPTER * adapter + INNER_DROPOUT, dropout);
  }

  /**
   * Adds {@code scale * B A}, or an update of LyCORIS, to the weight permanently. If the adapter
   * has a magnitude, it then scales the weight's rows to these lengths.
   *
   * @param a as for {@link #adapt(NDArray, NDArray, NDArray, NDArray)}
   * @param b as there
   * @param scale a number, fp32
   * @param magnitude {@code out}, fp32; or without elements
   */
  public void fuse(Ops ops, NDArray a, NDArray b, NDArray scale, NDArray magnitude) {
    NDArray weight = tensors.get(0);
    replaceWeight(
        ops.call(
            weight.getManager(),
            "fused_weight",
            Ops.of(weight),
            Ops.of(a),
            Ops.of(b),
            Ops.of(scale),
            Ops.of(magnitude)));
  }

  public NDArray weight() {
    return tensors.get(0);
  }

  /** Replaces the weight by another tensor and frees the old one. */
  public void replaceWeight(NDArray weight) {
    tensors.set(0, weight).close();
  }

  /** Takes all adapters off. */
  public void removeAdapters() {
    tensors.subList(baseTensors, tensors.size()).clear();
  }

  public boolean isAdapted() {
    return adapters() > 0;
  }

  /**
   * The trained arrays: A, B and, with DoRA, the magnitude of each adapter; of an adapter whose
   * factors are one vector, that vector.
   */
  List<NDArray> leaves() {
    List<NDArray> leaves = new ArrayList<>();
    for (int at = baseTensors; at < tensors.size(); at += TENSORS_PER_ADAPTER) {
      boolean factored = tensors.get(at).getShape().dimension() == 1;
      leaves.addAll(tensors.subList(at, at + (factored ? 1 : 2)));
      if (tensors.get(at + MAGNITUDE).size() > 0) {
        leaves.add(tensors.get(at + MAGNITUDE));
      }
    }
    return leaves;
  }

  private int adapters() {
    return (tensors.size() - baseTensors) / TENSORS_PER_ADAPTER;
  }

  public Ops.Argument argument() {
    return Ops.of(tensors);
  }

  private static Shape withRank(Shape shape, int rank) {
    long[] sizes = shape.getShape().clone();
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = sizes[i] == -1 ? rank : sizes[i];
    }
    return new Shape(sizes);
  }
}
