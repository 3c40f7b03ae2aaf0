package org.sparklora.verify;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.sparklora.schedulers.Scheduler;
import org.sparklora.schedulers.Schedulers;
import org.sparklora.tensor.TorchRandom;
import org.sparklora.util.InvalidInputException;

/**
 * Repeats the sampling runs of a reference file, such as golden/schedulers.json, and compares them.
 */
public final class ScheduleVerification {
  static final int LENGTH = 768;
  private static final Set<String> NOISE =
      Set.of("num_train_timesteps", "beta_start", "beta_end", "beta_schedule");

  private final ScheduleCase reference;
  private final Scheduler scheduler;
  private final double floor;
  private double error;

  private ScheduleVerification(ScheduleCase reference) {
    this.reference = reference;
    try {
      scheduler = Schedulers.of(reference.scheduler(), reference.config(), reference.steps());
    } catch (InvalidInputException e) {
      throw InvalidInputException.data(
          "Invalid reference " + reference.where() + ": " + e.getMessage(), e);
    }
    floor = 1e-4 * reference.initNoiseSigma();
  }

  /**
   * One comparison for each case of the file.
   *
   * @throws InvalidInputException (DATA) when the file is not of that form, or names a scheduler or
   *     a value that is not computed
   */
  public static List<ScheduleComparison> run(Path file) {
    return ScheduleCase.read(file).stream().map(ScheduleVerification::compare).toList();
  }

  private static ScheduleComparison compare(ScheduleCase reference) {
    String options =
        reference
            .config()
            .propertyStream()
            .filter(option -> !NOISE.contains(option.getKey()))
            .map(option -> option.getKey() + "=" + option.getValue().asText())
            .collect(Collectors.joining(" "));
    ScheduleVerification verification = new ScheduleVerification(reference);
    float[] timesteps = verification.scheduler.timesteps();
    double error =
        timesteps.length == reference.timesteps().length
            ? verification.largestError()
            : Double.POSITIVE_INFINITY;
    return new ScheduleComparison(
        reference.scheduler(),
        options,
        reference.steps(),
        TimestepMatch.of(timesteps, reference.timesteps()),
        error);
  }

  /** Runs the reference's model with the run's timesteps. */
  private double largestError() {
    double sigma = scheduler.initNoiseSigma();
    deviates(sigma, reference.initNoiseSigma(), reference.initNoiseSigma());
    TorchRandom random = new TorchRandom(0);
    float[] sample = start((float) sigma);
    for (int i = reference.start(); i < reference.timesteps().length; i++) {
      float t = reference.timesteps()[i];
      float[] output = scaled(scheduler.scaleModelInput(sample, i), t / (t + 1));
      sample = scheduler.step(output, i, sample, (index, length) -> random.normal(length));
      double[] expected = reference.trajectory()[i - reference.start()];
      deviates(meanAbsolute(sample), expected[0], expected[0]);
      deviates(sample[7], expected[1], expected[0]);
    }
    float[] last = reference.last();
    for (int i = 0; i < last.length; i++) {
      deviates(sample[i * (LENGTH / last.length)], last[i], meanAbsolute(last));
    }
    return error;
  }

  private void deviates(double actual, double expected, double size) {
    double deviation = Math.abs(actual - expected) / Math.max(size, floor);
    // This form keeps a NaN, because no comparison with it is true.
    error = deviation <= error ? error : deviation;
  }

  private float[] start(float sigma) {
    float[] x = new float[LENGTH];
    float[] noise = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      int outer = i / (LENGTH / 4);
      int inner = i % (LENGTH / 4);
      x[i] = (inner * 4 + outer) / (float) LENGTH;
      noise[i] = 1 - x[i];
    }
    if (reference.start() == 0) {
      return scaled(x, sigma);
    }
    scheduler.startAt(reference.start());
    return scheduler.addNoise(x, noise, reference.start());
  }

  private static float[] scaled(float[] values, float factor) {
    float[] scaled = new float[values.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = values[i] * factor;
    }
    return scaled;
  }

  private static double meanAbsolute(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += Math.abs(value);
    }
    return sum / values.length;
  }
}
