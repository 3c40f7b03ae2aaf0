package org.sparklora.model;

import java.util.EnumSet;
import java.util.Set;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorType;
import org.sparklora.tensor.Precision;

/** Finds the smallest compute type that holds all of a file's numbers exactly. */
final class StoredPrecision {
  private StoredPrecision() {}

  static Precision of(TensorFile file) {
    Set<TensorType> types = EnumSet.noneOf(TensorType.class);
    file.tensors().values().forEach(tensor -> types.add(tensor.type()));
    types.removeIf(type -> WeightReader.type(type).isEmpty());
    if (types.equals(Set.of(TensorType.BF16))) {
      return Precision.BF16;
    }
    return types.equals(Set.of(TensorType.F16)) ? Precision.FP16 : Precision.FP32;
  }
}
