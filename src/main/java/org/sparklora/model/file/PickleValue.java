package org.sparklora.model.file;

import java.util.List;
import java.util.Map;

/** A value in a pickle of tensors: data, never code. */
sealed interface PickleValue {
  record Text(String value) implements PickleValue {}

  record Whole(long value) implements PickleValue {}

  record Real(double value) implements PickleValue {}

  record Truth(boolean value) implements PickleValue {}

  record None() implements PickleValue {}

  /** A list or a tuple. A list may grow while the pickle is read. */
  record Sequence(List<PickleValue> items) implements PickleValue {}

  /** A {@code dict} or {@code OrderedDict}, in order of insertion. */
  record Dict(Map<String, PickleValue> entries) implements PickleValue {}

  /** A callable or class that {@link Symbol} lists. */
  record Global(Symbol symbol) implements PickleValue {}

  /**
   * A flat array of numbers in a zip entry.
   *
   * @param elements number of elements, according to the pickle
   */
  record Storage(TensorType type, String entry, long elements) implements PickleValue {}

  /**
   * A view of a storage.
   *
   * @param offset of the first element, in elements
   * @param strides in elements, one for each dimension
   */
  record Tensor(Storage storage, long offset, long[] shape, long[] strides)
      implements PickleValue {}

  /** The global names that a file of tensors needs. All others are refused. */
  enum Symbol {
    ORDERED_DICT("collections.OrderedDict"),
    REBUILD_TENSOR("torch._utils._rebuild_tensor_v2"),
    REBUILD_PARAMETER("torch._utils._rebuild_parameter"),
    DOUBLE_STORAGE("torch.DoubleStorage"),
    FLOAT_STORAGE("torch.FloatStorage"),
    HALF_STORAGE("torch.HalfStorage"),
    BFLOAT16_STORAGE("torch.BFloat16Storage"),
    LONG_STORAGE("torch.LongStorage"),
    INT_STORAGE("torch.IntStorage"),
    SHORT_STORAGE("torch.ShortStorage"),
    CHAR_STORAGE("torch.CharStorage"),
    BYTE_STORAGE("torch.ByteStorage"),
    BOOL_STORAGE("torch.BoolStorage");

    private final String qualifiedName;

    Symbol(String qualifiedName) {
      this.qualifiedName = qualifiedName;
    }

    String qualifiedName() {
      return qualifiedName;
    }
  }
}
