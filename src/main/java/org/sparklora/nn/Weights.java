package org.sparklora.nn;

import ai.djl.ndarray.NDArray;

/** The source of a network's tensors, by their name in the model file. */
public interface Weights {
  /**
   * Takes a tensor in the compute type and on the compute device.
   *
   * <p>Tensors that are missing or have another shape are remembered, so that all of them can be
   * reported together. The array returned for such a tensor must not be used.
   */
  NDArray take(String name, long... shape);
}
