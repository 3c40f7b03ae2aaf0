package org.sparklora.verify;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.InvalidInputException;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/**
 * Computes everything a reference folder has values for, and compares. Precisions below fp32 are
 * compared with the same fp32 values.
 */
public final class Verification {
  private final Precision precision;
  private final List<Comparison> comparisons = new ArrayList<>();

  private Verification(Precision precision) {
    this.precision = precision;
  }

  /**
   * Runs all checks on one device.
   *
   * @throws InvalidInputException (DATA) when the folder is incomplete or its model is not
   *     supported; (CONFIGURATION) for fp16 on a CPU
   */
  public static List<Comparison> run(Path folder, Precision precision, Device device, int threads) {
    precision.requireSupportOn(device);
    Verification verification = new Verification(precision);
    try (Reference reference = Reference.open(folder);
        Ops ops = Ops.open(device, threads)) {
      new NetworkChecks(reference, ops, verification).run();
      new TrainingChecks(reference, ops, verification).run();
    }
    if (verification.comparisons.isEmpty()) {
      throw InvalidInputException.data(
          "Invalid reference " + folder + ": it has no tensor that is known here");
    }
    return List.copyOf(verification.comparisons);
  }

  Precision precision() {
    return precision;
  }

  /** Tolerance of single operations, losses and norms. */
  double operation() {
    return precision == Precision.FP32 ? 1e-5 : 2e-2;
  }

  /** Tolerance of whole networks, gradients and runs. */
  double network() {
    return precision == Precision.FP32 ? 1e-4 : 2e-2;
  }

  void add(String name, double error, double tolerance) {
    comparisons.add(new Comparison(name, error, tolerance));
  }
}
