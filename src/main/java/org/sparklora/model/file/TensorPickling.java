package org.sparklora.model.file;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sparklora.model.file.PickleValue.Global;
import org.sparklora.model.file.PickleValue.Sequence;
import org.sparklora.model.file.PickleValue.Storage;
import org.sparklora.model.file.PickleValue.Symbol;
import org.sparklora.model.file.PickleValue.Tensor;
import org.sparklora.model.file.PickleValue.Text;
import org.sparklora.model.file.PickleValue.Whole;
import org.sparklora.util.InvalidInputException;

/** The form in which torch pickles a tensor: the arguments of its rebuild functions. */
final class TensorPickling {
  /** The most dimensions that torch allows. */
  private static final int MOST_DIMENSIONS = 64;

  /** The longest key of a storage, which is a number. */
  private static final int MOST_KEY_LENGTH = 100;

  private TensorPickling() {}

  /** The persistent id {@code ("storage", torch.FloatStorage, key, device, elements)}. */
  static Storage storage(PickleValue id, String source) {
    if (id instanceof Sequence tuple
        && tuple.items().size() == 5
        && tuple.items().get(0) instanceof Text kind
        && kind.value().equals("storage")
        && tuple.items().get(1) instanceof Global type
        && tuple.items().get(2) instanceof Text key
        && key.value().length() <= MOST_KEY_LENGTH
        && tuple.items().get(4) instanceof Whole elements
        && elements.value() >= 0) {
      Optional<TensorType> element = elementType(type.symbol());
      if (element.isPresent()) {
        return new Storage(element.get(), key.value(), elements.value());
      }
    }
    throw invalid(source, "its pickle refers to something other than a tensor storage");
  }

  /**
   * {@code _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata])}.
   * The view must lie within the storage and must not be larger than it.
   */
  static Tensor tensor(List<PickleValue> arguments, String source) {
    if (arguments.size() < 6
        || !(arguments.get(0) instanceof Storage storage)
        || !(arguments.get(1) instanceof Whole offset)
        || !(arguments.get(2) instanceof Sequence size)
        || !(arguments.get(3) instanceof Sequence stride)
        || size.items().size() != stride.items().size()) {
      throw invalid(source, "its pickle has a tensor without storage, shape or strides");
    }
    if (size.items().size() > MOST_DIMENSIONS) {
      throw invalid(
          source,
          String.format(
              Locale.ROOT,
              "its pickle has a tensor of %d dimensions, at most %d are allowed",
              size.items().size(),
              MOST_DIMENSIONS));
    }
    Tensor tensor = new Tensor(storage, offset.value(), sizes(size, source), sizes(stride, source));
    checkLiesWithin(tensor, source);
    return tensor;
  }

  /** {@code _rebuild_parameter(tensor, requires_grad, hooks)}. */
  static Tensor parameter(List<PickleValue> arguments, String source) {
    if (!arguments.isEmpty() && arguments.get(0) instanceof Tensor tensor) {
      return tensor;
    }
    throw invalid(source, "its pickle has a parameter without a tensor");
  }

  static String shown(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "...";
  }

  private static void checkLiesWithin(Tensor tensor, String source) {
    long available = tensor.storage().elements();
    try {
      long elements = 1;
      long last = tensor.offset();
      for (int i = 0; i < tensor.shape().length; i++) {
        long dimension = tensor.shape()[i];
        elements = Math.multiplyExact(elements, dimension);
        long steps = Math.max(dimension - 1, 0);
        last = Math.addExact(last, Math.multiplyExact(steps, tensor.strides()[i]));
      }
      if (tensor.offset() >= 0 && elements <= available && (elements == 0 || last < available)) {
        return;
      }
    } catch (ArithmeticException e) {
      throw InvalidInputException.data(
          "Invalid torch file " + source + ": the size of a tensor overflows", e);
    }
    throw invalid(
        source,
        "a tensor reaches beyond its storage "
            + shown(tensor.storage().entry())
            + " of "
            + available
            + " elements");
  }

  private static long[] sizes(Sequence sequence, String source) {
    long[] sizes = new long[sequence.items().size()];
    for (int i = 0; i < sizes.length; i++) {
      if (!(sequence.items().get(i) instanceof Whole whole) || whole.value() < 0) {
        throw invalid(source, "its pickle has a tensor whose shape or strides are not sizes");
      }
      sizes[i] = whole.value();
    }
    return sizes;
  }

  private static Optional<TensorType> elementType(Symbol symbol) {
    return switch (symbol) {
      case DOUBLE_STORAGE -> Optional.of(TensorType.F64);
      case FLOAT_STORAGE -> Optional.of(TensorType.F32);
      case HALF_STORAGE -> Optional.of(TensorType.F16);
      case BFLOAT16_STORAGE -> Optional.of(TensorType.BF16);
      case LONG_STORAGE -> Optional.of(TensorType.I64);
      case INT_STORAGE -> Optional.of(TensorType.I32);
      case SHORT_STORAGE -> Optional.of(TensorType.I16);
      case CHAR_STORAGE -> Optional.of(TensorType.I8);
      case BYTE_STORAGE -> Optional.of(TensorType.U8);
      case BOOL_STORAGE -> Optional.of(TensorType.BOOL);
      case ORDERED_DICT, REBUILD_TENSOR, REBUILD_PARAMETER -> Optional.empty();
    };
  }

  private static InvalidInputException invalid(String source, String why) {
    return InvalidInputException.data("Invalid torch file " + source + ": " + why);
  }
}
