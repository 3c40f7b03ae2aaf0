package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sparklora.tensor.Ops;

/**
 * A block of linear layers whose derivative is written by hand, also with adapters on the layers.
 *
 * @param name of its method in the op library, without {@code _kept} and {@code _backward}
 * @param layers that may have an adapter, in the order of the block's gradients
 * @param parameters all arguments after the inputs
 * @param keeps whether there is anything to keep, and so a method {@code _kept}
 */
public record AdaptedBlock(
    Ops ops, String name, List<Layer> layers, Parameters parameters, boolean keeps)
    implements Block {
  /** Makes the arguments of a call. They are made for each call, because adapters come and go. */
  public interface Parameters {
    List<Ops.Argument> arguments();
  }

  @Override
  public NDArray forward(NDManager scope, List<NDArray> inputs) {
    return ops.call(scope, name, forwardArguments(inputs));
  }

  private Ops.Argument[] forwardArguments(List<NDArray> inputs) {
    List<Ops.Argument> arguments = new ArrayList<>();
    inputs.forEach(input -> arguments.add(Ops.of(input)));
    arguments.addAll(parameters.arguments());
    return arguments.toArray(Ops.Argument[]::new);
  }

  @Override
  public boolean isTrained() {
    return layers.stream().anyMatch(Layer::isAdapted);
  }

  @Override
  public Optional<ByHand> byHand(List<Boolean> wanted) {
    return Optional.of(new Derivative());
  }

  private final class Derivative implements ByHand {
    @Override
    public NDList forward(NDManager scope, List<NDArray> inputs) {
      String method = keeps ? name + "_kept" : name;
      return ops.callForList(scope, method, forwardArguments(inputs));
    }

    @Override
    public NDList backward(
        NDManager scope, NDArray upstream, List<NDArray> inputs, List<NDArray> kept) {
      List<Ops.Argument> arguments = new ArrayList<>();
      arguments.add(Ops.of(upstream));
      arguments.add(Ops.of(inputs));
      if (keeps) {
        arguments.add(Ops.of(kept));
      }
      arguments.addAll(parameters.arguments());
      return ops.callForList(scope, name + "_backward", arguments.toArray(Ops.Argument[]::new));
    }

    @Override
    public List<NDArray> leaves() {
      return layers.stream().flatMap(layer -> layer.leaves().stream()).toList();
    }
  }
}
