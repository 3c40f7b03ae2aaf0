package org.sparklora.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
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
final class CheckedWeights implements Weights, AutoCloseable {
  private static final int MOST_NAMES = 12;

  private final Ops ops;
  private final TensorFile file;
  private final WeightReader reader;
  private final Set<String> taken = new HashSet<>();
  private final List<String> problems = new ArrayList<>();

  CheckedWeights(Ops ops, TensorFile file, Precision precision) {
    this.ops = ops;
    this.file = file;
    this.reader = new WeightReader(ops, file, precision);
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
    Optional<DataType> type = WeightReader.type(tensor.type());
    if (type.isEmpty()) {
      problems.add(
          "Unsupported type of tensor " + tensor + ": a weight is a floating-point number");
      return ops.none();
    }
    return reader.read(tensor, type.get(), shape);
  }

  @Override
  public void close() {
    reader.close();
  }
}
