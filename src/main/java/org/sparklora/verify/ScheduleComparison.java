package org.sparklora.verify;

/**
 * The comparison of a sampling run with its reference.
 *
 * @param scheduler the class in diffusers
 * @param options of the case: its configuration without the noise schedule
 * @param timesteps whether every timestep equals that of the reference
 * @param error the largest deviation of the trajectory, relative to the mean absolute value of the
 *     sample there, or to 1e-4 of the starting value if less is left, because that is rounding
 */
public record ScheduleComparison(
    String scheduler, String options, int steps, TimestepMatch timesteps, double error) {
  /** The largest error that passes. */
  public static final double TOLERANCE = 1e-5;

  public boolean passes() {
    return timesteps != TimestepMatch.DIFFERENT && error <= TOLERANCE;
  }
}
