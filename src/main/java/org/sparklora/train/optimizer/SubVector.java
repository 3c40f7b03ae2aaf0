package org.sparklora.train.optimizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Some tensors of a flat vector as a vector of their own, in order of their offsets and without
 * gaps.
 *
 * @param tensors in the whole vector, in order
 */
public record SubVector(List<ParameterTensor> tensors) {
  /** Sorts the tensors by offset. */
  public SubVector {
    tensors = tensors.stream().sorted(Comparator.comparingInt(ParameterTensor::offset)).toList();
  }

  /** Number of values. */
  public int size() {
    return ParameterTensor.total(tensors);
  }

  /** The tensors with their offsets in this vector. */
  public List<ParameterTensor> gathered() {
    List<ParameterTensor> gathered = new ArrayList<>();
    int offset = 0;
    for (ParameterTensor tensor : tensors) {
      gathered.add(new ParameterTensor(offset, tensor.shape()));
      offset += tensor.size();
    }
    return gathered;
  }

  /** This vector's values out of the whole one. */
  public float[] gather(float[] whole) {
    float[] part = new float[size()];
    int at = 0;
    for (ParameterTensor tensor : tensors) {
      System.arraycopy(whole, tensor.offset(), part, at, tensor.size());
      at += tensor.size();
    }
    return part;
  }

  /** Puts this vector's values into the whole one. */
  public void scatter(float[] part, float[] whole) {
    int at = 0;
    for (ParameterTensor tensor : tensors) {
      System.arraycopy(part, at, whole, tensor.offset(), tensor.size());
      at += tensor.size();
    }
  }

  /** The ranges of the whole vector that it has, as {@code 0-128 192-256}, ends exclusive. */
  public String ranges() {
    List<int[]> ranges = new ArrayList<>();
    for (ParameterTensor tensor : tensors) {
      int[] last = ranges.isEmpty() ? new int[] {-1, -1} : ranges.get(ranges.size() - 1);
      if (last[1] == tensor.offset()) {
        last[1] = tensor.end();
      } else {
        ranges.add(new int[] {tensor.offset(), tensor.end()});
      }
    }
    return ranges.stream().map(range -> range[0] + "-" + range[1]).collect(Collectors.joining(" "));
  }
}
