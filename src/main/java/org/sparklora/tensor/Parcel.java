package org.sparklora.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Numbers that go from Java to the device as one vector. A copy to a GPU waits for the work before
 * it, so one copy waits once.
 */
public final class Parcel {
  /** Each part begins at a multiple of as many numbers, as an array of its own would. */
  private static final int ALIGNMENT = 16;

  private record Part(float[] values, Shape shape, int offset) {}

  private final List<Part> parts = new ArrayList<>();
  private int size;

  /** Adds an array of fp32. */
  public Parcel add(float[] values, long... shape) {
    parts.add(new Part(values, new Shape(shape), size));
    size += (values.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return this;
  }

  /**
   * Copies all arrays to the device.
   *
   * @param scope owner of the arrays
   * @return the arrays in the order in which they were added
   */
  public List<NDArray> send(Ops ops, NDManager scope) {
    float[] all = new float[size];
    double[] places = new double[2 * parts.size()];
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      System.arraycopy(part.values(), 0, all, part.offset(), part.values().length);
      places[2 * i] = part.offset();
      places[2 * i + 1] = part.values().length;
    }
    NDList vectors = ops.parts(scope, scope.create(all), places);
    List<NDArray> arrays = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      arrays.add(vectors.get(i).reshape(parts.get(i).shape()));
    }
    return arrays;
  }
}
