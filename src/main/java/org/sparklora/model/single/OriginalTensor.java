package org.sparklora.model.single;

import java.util.List;
import org.sparklora.model.file.TensorInfo;

/**
 * A tensor of a model in one file, and the tensors of a folder that it is made of.
 *
 * @param component the folder, such as {@code unet}
 * @param parts stored tensors by name, one after the other
 * @param transposed whether the stored matrix is transposed
 * @param info the name and shape it has in the file; its type is the stored one's
 */
public record OriginalTensor(
    String component, List<String> parts, boolean transposed, TensorInfo info) {
  static OriginalTensor renamed(String component, TensorInfo stored, String name) {
    return reshaped(component, stored, name, stored.shape());
  }

  static OriginalTensor reshaped(String component, TensorInfo stored, String name, long... shape) {
    return new OriginalTensor(
        component, List.of(stored.name()), false, new TensorInfo(name, stored.type(), shape));
  }

  static OriginalTensor transposed(String component, TensorInfo stored, String name) {
    long[] shape = {stored.shape()[1], stored.shape()[0]};
    return new OriginalTensor(
        component, List.of(stored.name()), true, new TensorInfo(name, stored.type(), shape));
  }

  /** Stacks tensors of one shape by rows. */
  static OriginalTensor stacked(String component, List<TensorInfo> stored, String name) {
    long[] shape = stored.get(0).shape().clone();
    shape[0] *= stored.size();
    return new OriginalTensor(
        component,
        stored.stream().map(TensorInfo::name).toList(),
        false,
        new TensorInfo(name, stored.get(0).type(), shape));
  }
}
