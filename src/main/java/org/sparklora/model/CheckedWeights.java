package org.sparklora.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.sparklora.InvalidInputException;
import org.sparklora.nn.Weights;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/**
 * Hands a tensor file's tensors to a network and keeps account: what is missing, misshaped or left
 * over is reported at the end, all at once.
 */
final class CheckedWeights implements Weights {
  private static final int MOST_NAMES = 12;

  private final Ops ops;
  private final TensorFile file;
  private final Precision precision;
  private final Set<String> taken = new HashSet<>();
  private final List<String> problems = new ArrayList<>();

  CheckedWeights(Ops ops, TensorFile file, Precision precision) {
    this.ops = ops;
    this.file = file;
    this.precision = precision;
  }

  @Override
  public NDArray take(String name, long... shape) {
    Optional<TensorInfo> stored = TensorAliases.find(file, name);
    if (stored.isEmpty()) {
      problems.add("Missing tensor " + name + " " + Arrays.toString(shape));
      return ops.none();
    }
    TensorInfo tensor = stored.get();
    taken.add(tensor.name());
    if (!Arrays.equals(tensor.shape(), shape)) {
      problems.add(
          "Invalid shape of tensor "
              + tensor.name()
              + ": "
              + Arrays.toString(tensor.shape())
              + ", the configuration asks for "
              + Arrays.toString(shape));
      return ops.none();
    }
    return weight(tensor, shape);
  }

  /**
   * Ends the loading.
   *
   * @param ignorable tensors that old writers left in the file and nothing reads
   * @throws InvalidInputException (DATA) naming every tensor that is missing, misshaped or unknown
   */
  void finish(Set<String> ignorable) {
    Set<String> extra = new TreeSet<>(file.tensors().keySet());
    extra.removeAll(taken);
    extra.removeAll(ignorable);
    extra.forEach(name -> problems.add("Unknown tensor " + name));
    if (problems.isEmpty()) {
      return;
    }
    List<String> shown = new ArrayList<>();
    shown.add(
        "Invalid weights " + file.source() + ": they do not fit the configuration beside them");
    shown.addAll(problems.subList(0, Math.min(problems.size(), MOST_NAMES)));
    if (problems.size() > MOST_NAMES) {
      shown.add("and " + (problems.size() - MOST_NAMES) + " more");
    }
    throw new InvalidInputException(InvalidInputException.Kind.DATA, shown);
  }

  private NDArray weight(TensorInfo tensor, long[] shape) {
    ByteBuffer data = file.data(tensor.name());
    return switch (tensor.type()) {
      case F64 -> ops.weight(data, DataType.FLOAT64, shape, precision);
      case F32 -> ops.weight(data, DataType.FLOAT32, shape, precision);
      case F16 -> ops.weight(data, DataType.FLOAT16, shape, precision);
      case BF16 -> ops.weight(widened(data), DataType.FLOAT32, shape, precision);
      default -> {
        problems.add(
            "Unsupported type of tensor " + tensor + ": a weight is a floating-point number");
        yield ops.none();
      }
    };
  }

  /** bf16 as fp32, exactly: its bits are the upper half. Java has no way to hand over bf16. */
  private static ByteBuffer widened(ByteBuffer bf16) {
    ByteBuffer fp32 =
        ByteBuffer.allocateDirect(2 * bf16.remaining()).order(ByteOrder.nativeOrder());
    ShortBuffer halves = bf16.asShortBuffer();
    while (halves.hasRemaining()) {
      fp32.putInt(halves.get() << 16);
    }
    return fp32.flip();
  }
}
