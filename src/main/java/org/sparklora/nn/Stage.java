package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * A step of the UNet, a resnet or a transformer: stage k computes value k + 1 from value k and
 * perhaps an older one. Value 0 is the UNet's input.
 *
 * @param inputs the values it computes with, k first
 * @param sizes the values of which it needs the size alone
 */
record Stage(Body body, List<Integer> inputs, List<Integer> sizes) {
  /** What is given to every stage. */
  record Conditions(NDArray timeEmbedding, EncoderStates text) {}

  /** What a stage computes. */
  interface Body {
    /**
     * Computes the next value.
     *
     * @param values those of {@link Stage#inputs}, then those of {@link Stage#sizes}
     */
    NDArray forward(NDManager scope, List<NDArray> values, Conditions conditions);
  }

  /**
   * Computes the next value; what the stage needs only inside is freed, unless autograd keeps it.
   *
   * @param scope where the result lives
   */
  NDArray forward(NDManager scope, IntFunction<NDArray> values, Conditions conditions) {
    List<NDArray> arguments =
        Stream.concat(inputs.stream(), sizes.stream()).map(values::apply).toList();
    try (NDManager inside = scope.newSubManager()) {
      NDArray result = body.forward(inside, arguments, conditions);
      result.attach(scope);
      return result;
    }
  }
}
