package org.sparklora.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.util.InvalidInputException;

/**
 * Finds the tensors of a network in a file. Tensors that are missing, misshaped or left over are
 * reported together at the end. Only the file's header is read.
 */
final class TensorFit {
  private static final int MOST_NAMES = 12;

  /** Tensors that old writers left in files and that nothing reads. */
  private static final Set<String> OLD_BUFFERS =
      Set.of("text_model.embeddings.position_ids", "embeddings.position_ids");

  private final TensorFile file;
  private final Set<String> taken = new HashSet<>();
  private final List<String> problems = new ArrayList<>();
  private final List<String> badValues = new ArrayList<>();

  TensorFit(TensorFile file) {
    this.file = file;
  }

  /** The tensor of a name, if there is one with this shape and floating-point numbers. */
  Optional<TensorInfo> find(String name, long... shape) {
    Optional<TensorInfo> stored = TensorAliases.find(file, name);
    if (stored.isEmpty()) {
      problems.add("Missing tensor " + name + " " + Arrays.toString(shape));
      return Optional.empty();
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
      return Optional.empty();
    }
    if (WeightReader.type(tensor.type()).isEmpty()) {
      problems.add(
          "Unsupported type of tensor " + tensor + ": a weight is a floating-point number");
      return Optional.empty();
    }
    return stored;
  }

  /** Adds a problem of a tensor's values. */
  void badValues(String problem) {
    badValues.add(problem);
  }

  /**
   * Ends the search.
   *
   * @throws InvalidInputException (DATA) naming every tensor that is missing, misshaped or unknown;
   *     if there is none, every tensor with bad values
   */
  void finish() {
    Set<String> extra = new TreeSet<>(file.tensors().keySet());
    extra.removeAll(taken);
    extra.removeAll(OLD_BUFFERS);
    extra.forEach(name -> problems.add("Unknown tensor " + name));
    report("they do not fit the configuration beside them", problems);
    report("nothing can be computed with them; take them from where they were made", badValues);
  }

  private void report(String what, List<String> problems) {
    if (problems.isEmpty()) {
      return;
    }
    List<String> shown = new ArrayList<>();
    shown.add("Invalid weights " + file.source() + ": " + what);
    shown.addAll(problems.subList(0, Math.min(problems.size(), MOST_NAMES)));
    if (problems.size() > MOST_NAMES) {
      shown.add("and " + (problems.size() - MOST_NAMES) + " more");
    }
    throw new InvalidInputException(InvalidInputException.Kind.DATA, shown);
  }
}
