package org.sparklora.train.optimizer;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.lora.AdapterLayout;

/**
 * One trained tensor in the flat vector, for rules that treat each tensor separately.
 *
 * @param offset index of its first value
 * @param shape outermost dimension first, row-major
 */
public record ParameterTensor(int offset, long[] shape) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Every tensor of an adapter, in the vector's order. */
  public static List<ParameterTensor> of(AdapterLayout layout) {
    List<ParameterTensor> tensors = new ArrayList<>();
    layout.modules().forEach(module -> tensors.addAll(of(module)));
    tensors.addAll(ofTokens(layout));
    return List.copyOf(tensors);
  }

  /** A and B of a module, and its magnitude if it has one; or its other factors. */
  public static List<ParameterTensor> of(AdapterLayout.Module module) {
    if (module.lycoris().isPresent()) {
      return module.lycoris().get().placed(module.downOffset()).stream()
          .map(placed -> new ParameterTensor(placed.offset(), placed.factor().shape()))
          .toList();
    }
    List<ParameterTensor> tensors = new ArrayList<>();
    tensors.add(new ParameterTensor(module.downOffset(), module.downShape()));
    tensors.add(new ParameterTensor(module.upOffset(), module.upShape()));
    if (module.dora()) {
      long[] rows = {module.magnitudeSize()};
      tensors.add(new ParameterTensor(module.magnitudeOffset(), rows));
    }
    return tensors;
  }

  /** The rows of each new token. */
  public static List<ParameterTensor> ofTokens(AdapterLayout layout) {
    return layout.tokens().stream()
        .map(
            token ->
                new ParameterTensor(
                    token.offset(), new long[] {token.token().vectors(), token.width()}))
        .toList();
  }

  /** A vector of {@code length} values as the only tensor. */
  public static List<ParameterTensor> vector(int length) {
    return List.of(new ParameterTensor(0, new long[] {length}));
  }

  /** Number of values of all tensors. */
  public static int total(List<ParameterTensor> tensors) {
    return tensors.stream().mapToInt(ParameterTensor::size).reduce(0, Math::addExact);
  }

  /** Number of values. */
  public int size() {
    long size = 1;
    for (long length : shape) {
      size *= length;
    }
    return Math.toIntExact(size);
  }

  /** Index at which the next tensor begins. */
  int end() {
    return offset + size();
  }
}
