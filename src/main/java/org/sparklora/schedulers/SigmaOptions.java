package org.sparklora.schedulers;

import java.util.OptionalDouble;

/**
 * Which sigmas a run visits.
 *
 * @param largest {@code sigma_max}, the one to begin at, where they are spaced anew; empty for that
 *     of the first timestep
 * @param smallest {@code sigma_min}, the last before the final one, likewise
 */
record SigmaOptions(
    SigmaSpacing spacing, FinalSigma finalSigma, OptionalDouble largest, OptionalDouble smallest) {

  /** Of a scheduler that only chooses a spacing. */
  static SigmaOptions of(SigmaSpacing spacing) {
    return new SigmaOptions(
        spacing, FinalSigma.ZERO, OptionalDouble.empty(), OptionalDouble.empty());
  }

  static SigmaOptions read(ConfigValues values) {
    return new SigmaOptions(
        SigmaSpacing.read(values),
        values.choice("final_sigmas_type", FinalSigma.ZERO),
        values.number("sigma_max"),
        values.number("sigma_min"));
  }

  /** Spaced anew within the range of sigmas that timesteps have. */
  double[] spaced(double from, double to, int steps) {
    return SigmaSchedule.spaced(spacing, largest.orElse(from), smallest.orElse(to), steps);
  }
}
