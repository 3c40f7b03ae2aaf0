package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * A step of the UNet, a resnet or a transformer: stage k computes value k + 1 from value k and
 * perhaps an older one. Value 0 is the UNet's input.
 *
 * @param inputs indices of the values that it computes with, k first
 * @param sizes indices of the values of which it needs only the size
 */
public record Stage(Body body, List<Integer> inputs, List<Integer> sizes) {
  /** The inputs that every stage gets. */
  public record Conditions(NDArray timeEmbedding, EncoderStates text) {}

  /** The computation of a stage. */
  public interface Body {
    /**
     * Computes the next value.
     *
     * @param inside owner of the result
     * @param values of {@link Stage#inputs}, then those of {@link Stage#sizes}
     */
    public NDArray forward(
        Tape tape, NDManager inside, List<NDArray> values, Conditions conditions);
  }

  /** A body together with its values. */
  interface Pass {
    NDArray forward(Tape tape, NDManager inside);
  }

  /**
   * Computes the next value. Arrays that are needed only inside the stage are freed, unless the
   * tape keeps them.
   *
   * @param scope owner of the result
   */
  public NDArray forward(
      Tape tape, NDManager scope, IntFunction<NDArray> values, Conditions conditions) {
    List<NDArray> sized = sizes.stream().map(values::apply).toList();
    List<NDArray> arguments =
        Stream.concat(inputs.stream().map(values::apply), sized.stream()).toList();
    List<NDArray> differentiable = new ArrayList<>(arguments.subList(0, inputs.size()));
    differentiable.add(conditions.timeEmbedding());
    if (tape.hasGradient(conditions.text().hiddenStates())) {
      differentiable.add(conditions.text().hiddenStates());
    }
    try (NDManager inside = scope.newSubManager()) {
      NDArray result =
          tape.stage(
              inside,
              (on, in) -> body.forward(on, in, arguments, conditions),
              differentiable,
              sized);
      result.attach(scope);
      return result;
    }
  }
}
