package org.sparklora.nn;

import ai.djl.ndarray.NDArray;

/** Where a network takes its tensors from, by their name in the model file. */
public interface Weights {
  /**
   * Takes a tensor in the compute type and on the compute device.
   *
   * <p>A tensor that is missing or of another shape is remembered, so that all of them can be
   * reported at once; what is returned for it must not be computed with.
   */
  NDArray take(String name, long... shape);
}
