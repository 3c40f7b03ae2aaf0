package org.sparklora.schedulers.run;

import java.util.OptionalDouble;
import org.sparklora.schedulers.noise.ConfigValues;

/**
 * Settings for the sigmas of a run.
 *
 * @param largest {@code sigma_max}, the first sigma if sigmas have a spacing of their own; empty
 *     for the first timestep's sigma
 * @param smallest {@code sigma_min}, the last sigma before the final one, in the same case
 */
public record SigmaOptions(
    SigmaSpacing spacing, FinalSigma finalSigma, OptionalDouble largest, OptionalDouble smallest) {

  /** Options of a scheduler that only chooses a spacing. */
  public static SigmaOptions of(SigmaSpacing spacing) {
    return new SigmaOptions(
        spacing, FinalSigma.ZERO, OptionalDouble.empty(), OptionalDouble.empty());
  }

  public static SigmaOptions read(ConfigValues values) {
    return new SigmaOptions(
        SigmaSpacing.read(values),
        values.choice("final_sigmas_type", FinalSigma.ZERO),
        values.number("sigma_max"),
        values.number("sigma_min"));
  }

  /**
   * Returns sigmas with this spacing, from the largest to the smallest.
   *
   * @param from the first sigma without {@code sigma_max}
   * @param to the last sigma without {@code sigma_min}
   */
  double[] spaced(double from, double to, int steps) {
    return SigmaSchedule.spaced(spacing, largest.orElse(from), smallest.orElse(to), steps);
  }
}
