package org.sparklora.model.single;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorView;

/** The tensors of one network of a file, by their names without the network's prefix. */
final class OriginalTensors {
  private final Map<String, TensorInfo> byName = new LinkedHashMap<>();

  /**
   * Chooses a network's tensors.
   *
   * @param prefix of their names, such as {@code model.diffusion_model.}
   */
  OriginalTensors(Collection<TensorInfo> all, String prefix) {
    for (TensorInfo tensor : all) {
      if (tensor.name().startsWith(prefix)) {
        byName.put(tensor.name().substring(prefix.length()), tensor);
      }
    }
  }

  boolean isEmpty() {
    return byName.isEmpty();
  }

  /** Whether there is a tensor whose name begins with this. */
  boolean has(String beginning) {
    return byName.keySet().stream().anyMatch(name -> name.startsWith(beginning));
  }

  /** Whether there is a tensor of this name. */
  boolean hasTensor(String name) {
    return byName.containsKey(name);
  }

  /**
   * A dimension of a tensor.
   *
   * @return 0 where there is no such tensor or dimension
   */
  int size(String name, int dimension) {
    TensorInfo tensor = byName.get(name);
    return tensor == null || tensor.shape().length <= dimension
        ? 0
        : Math.toIntExact(tensor.shape()[dimension]);
  }

  /** How many dimensions a tensor has; 0 where there is none of this name. */
  int dimensions(String name) {
    TensorInfo tensor = byName.get(name);
    return tensor == null ? 0 : tensor.shape().length;
  }

  TensorInfo get(String name) {
    return byName.get(name);
  }

  /** How many of {@code beginning0.}, {@code beginning1.} and so on there are. */
  int count(String beginning) {
    int count = 0;
    while (has(beginning + count + ".")) {
      count++;
    }
    return count;
  }

  /** Returns the tensors whose names begin with {@code from}, with {@code to} in its place. */
  List<TensorView> moved(String from, String to) {
    List<TensorView> views = new ArrayList<>();
    byName.forEach(
        (name, tensor) -> {
          if (name.startsWith(from)) {
            views.add(TensorView.renamed(tensor, to + name.substring(from.length())));
          }
        });
    return views;
  }
}
