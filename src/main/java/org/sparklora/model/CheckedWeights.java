package org.sparklora.model;

import ai.djl.ndarray.NDArray;
import java.util.Optional;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorType;
import org.sparklora.nn.Weights;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.util.InvalidInputException;

/** Gives the tensors of a file to a network, after checking the values of each. */
final class CheckedWeights implements Weights, AutoCloseable {
  private final Ops ops;
  private final Precision precision;
  private final TensorFit fit;
  private final WeightReader reader;

  CheckedWeights(Ops ops, TensorFile file, Precision precision) {
    this.ops = ops;
    this.precision = precision;
    this.fit = new TensorFit(file);
    this.reader = new WeightReader(ops, file, precision);
  }

  @Override
  public NDArray take(String name, long... shape) {
    Optional<TensorInfo> stored = fit.find(name, shape);
    if (stored.isEmpty()) {
      return ops.none();
    }
    TensorInfo tensor = stored.get();
    NDArray weight =
        reader.read(tensor, WeightReader.type(tensor.type()).orElseThrow(), tensor.shape());
    if (!ops.isFinite(weight)) {
      fit.badValues(
          "Invalid values of tensor "
              + tensor.name()
              + ": some are NaN or infinite"
              + (precision.isFp16() && tensor.type() != TensorType.F16
                  ? ", or too large for fp16"
                  : ""));
    }
    return weight;
  }

  /**
   * Ends the loading.
   *
   * @throws InvalidInputException (DATA) naming every tensor that is missing, misshaped, unknown or
   *     has values that cannot be computed with
   */
  void finish() {
    fit.finish();
  }

  @Override
  public void close() {
    reader.close();
  }
}
