package org.sparklora.verify;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.util.InvalidInputException;

/**
 * Computes every quantity for which a reference folder has values, and compares the two. Precisions
 * below fp32 are compared with the same fp32 values.
 */
public final class Verification {
  private final Precision precision;
  private final AttentionKernel attention;
  private final Device device;
  private final int threads;
  private final List<Comparison> comparisons = new ArrayList<>();

  private Verification(Precision precision, AttentionKernel attention, Device device, int threads) {
    this.precision = precision;
    this.attention = attention;
    this.device = device;
    this.threads = threads;
  }

  /**
   * Runs all checks on one device.
   *
   * @throws InvalidInputException (DATA) when the folder is incomplete, its model is not supported,
   *     or its values do not fit together; (CONFIGURATION) for fp16 on a CPU
   */
  public static List<Comparison> run(
      Path folder, Precision precision, AttentionKernel attention, Device device, int threads) {
    precision.requireSupportOn(device);
    Verification verification = new Verification(precision, attention, device, threads);
    try (Reference reference = Reference.open(folder)) {
      try (Ops ops = verification.openOps()) {
        new NetworkChecks(reference, ops, verification).run();
        new TrainingChecks(reference, ops, verification).run();
      }
      new PipelineChecks(reference, verification).run();
    } catch (RuntimeException e) {
      throw ReferenceFault.of(folder, e);
    }
    if (verification.comparisons.isEmpty()) {
      throw InvalidInputException.data(
          "Invalid reference " + folder + ": it has no tensor that is known here");
    }
    return List.copyOf(verification.comparisons);
  }

  Ops openOps() {
    return Ops.open(device, threads);
  }

  Precision precision() {
    return precision;
  }

  AttentionKernel attention() {
    return attention;
  }

  /** Tolerance of single operations, losses and norms. */
  double operation() {
    return precision == Precision.FP32 ? 1e-5 : 2e-2;
  }

  /** Tolerance of whole networks, gradients and runs. */
  double network() {
    return precision == Precision.FP32 ? 1e-4 : 2e-2;
  }

  /** Compares the output of an operation. */
  void operation(String name, float[] actual, float[] expected) {
    add(name, values(), values().error(actual, expected), operation());
  }

  /** Compares the output of a network. */
  void network(String name, float[] actual, float[] expected) {
    network(name, actual, expected, OptionalDouble.empty());
  }

  /**
   * Compares the result of a run.
   *
   * @param own distance of the reference from itself
   */
  void network(String name, float[] actual, float[] expected, OptionalDouble own) {
    comparisons.add(
        new Comparison(name, values(), values().error(actual, expected), network(), own));
  }

  /** Compares a picture of 8 bits: a ratio of signal to noise of 45 dB at least. */
  void picture(String name, float[] actual, float[] expected) {
    add(name, Measure.PICTURE, Measure.PICTURE.error(actual, expected), Math.pow(10, -45 / 20.0));
  }

  /** Compares a number. */
  void number(String name, double actual, double expected, double tolerance) {
    double error = actual == expected ? 0 : Math.abs(actual - expected) / Math.abs(expected);
    add(name, Measure.MAX, error, tolerance);
  }

  /**
   * Compares a gradient. In fp32 it is compared tensor by tensor, and the worst counts. In lower
   * precision only its direction and its norm are compared: a gradient is a small remainder of
   * large terms, and rounding the frozen weights alone moves single values by more than the
   * tolerance.
   */
  void gradient(String name, AdapterLayout layout, float[] actual, float[] expected) {
    if (precision == Precision.FP32) {
      add(name, Measure.MAX, worst(layout, actual, expected), network());
    } else {
      add(name, Measure.DIRECTION, Measure.DIRECTION.error(actual, expected), network());
    }
  }

  /**
   * Compares an adapter after some steps as one quantity. Adam makes a full step even for a
   * gradient near its epsilon, which is mostly noise, so a tensor of such gradients has no exact
   * digits.
   */
  void adapter(String name, float[] actual, float[] expected, OptionalDouble own) {
    network(name, actual, expected, own);
  }

  private static double worst(AdapterLayout layout, float[] actual, float[] expected) {
    double worst = 0;
    for (AdapterLayout.Module module : layout.modules()) {
      int middle = module.upOffset();
      worst = Math.max(worst, range(actual, expected, module.downOffset(), middle));
      worst = Math.max(worst, range(actual, expected, middle, middle + module.upSize()));
    }
    return worst;
  }

  private static double range(float[] actual, float[] expected, int from, int to) {
    return Measure.MAX.error(
        Arrays.copyOfRange(actual, from, to), Arrays.copyOfRange(expected, from, to));
  }

  private Measure values() {
    return precision == Precision.FP32 ? Measure.MAX : Measure.RMS;
  }

  private void add(String name, Measure measure, double error, double tolerance) {
    comparisons.add(new Comparison(name, measure, error, tolerance, OptionalDouble.empty()));
  }
}
