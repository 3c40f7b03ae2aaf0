package org.sparklora.schedulers.run;

import java.util.Arrays;
import org.sparklora.schedulers.noise.ConfigValues;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.SchedulerConfig;

/**
 * The timesteps of a run and the points that it visits. DPM-Solver and UniPC share this class.
 *
 * @param points {@code timesteps.length + 1} of them
 */
public record SolverRun(int[] timesteps, SolverPoint[] points) {

  /**
   * The run of a configuration; throws the problems found in it so far.
   *
   * @param roundsKarras whether the timesteps of Karras sigmas are rounded and not cut off
   * @param lambdaMin least lambda; timesteps with a smaller one are left out
   */
  public static SolverRun of(
      SchedulerConfig config,
      ConfigValues values,
      SigmaOptions options,
      boolean roundsKarras,
      double lambdaMin,
      int steps) {
    TimestepSpacing spacing = values.choice("timestep_spacing", TimestepSpacing.LINSPACE);
    int offset = values.integer("steps_offset", 0);
    values.check();
    TimestepSpacing.requireAsMany(steps, config.trainTimesteps());
    NoiseSchedule schedule = NoiseSchedule.of(config);
    if (config.rescaleBetasZeroSnr()) {
      schedule = schedule.withTerminalAlpha(SigmaRun.TERMINAL_ALPHA);
    }
    SigmaSchedule all = new SigmaSchedule(schedule);
    int[] timesteps;
    double[] sigmas;
    if (options.spacing() == SigmaSpacing.TIMESTEPS) {
      timesteps =
          TimestepSpacing.requireInside(
              chosen(spacing, schedule, lambdaMin, steps, offset), config.trainTimesteps());
      sigmas = all.at(Arrays.stream(timesteps).asDoubleStream().toArray());
    } else {
      sigmas = options.spaced(all.largest(), all.smallest(), steps);
      boolean karras =
          options.spacing() == SigmaSpacing.KARRAS || options.spacing() == SigmaSpacing.LU;
      timesteps =
          Arrays.stream(all.timesteps(sigmas))
              .mapToInt(t -> (int) (karras && roundsKarras ? Math.rint(t) : t))
              .toArray();
    }
    float[] visited = SigmaSchedule.endingAt(sigmas, options.finalSigma().value(all));
    SolverPoint[] points = new SolverPoint[visited.length];
    for (int i = 0; i < points.length; i++) {
      points[i] = SolverPoint.at(visited[i]);
    }
    return new SolverRun(timesteps, points);
  }

  /** Returns the same run, except that it ends at the sigma of the last timestep. */
  public SolverRun stayingAtLast() {
    SolverPoint[] stays = points.clone();
    stays[stays.length - 1] = stays[stays.length - 2];
    return new SolverRun(timesteps, stays);
  }

  /**
   * The timesteps as whole numbers. As in diffusers, a spacing that reaches 0 leaves out that last
   * timestep.
   */
  private static int[] chosen(
      TimestepSpacing spacing, NoiseSchedule schedule, double lambdaMin, int steps, int offset) {
    int trained = schedule.trainTimesteps();
    int end = trained;
    while (end > 0 && lambda(schedule, end - 1) < lambdaMin) {
      end--;
    }
    if (spacing == TimestepSpacing.TRAILING) {
      return TimestepSpacing.whole(spacing.timesteps(trained, end, steps, offset));
    }
    double[] upToZero = spacing.timesteps(trained, end, steps + 1, offset);
    return Arrays.copyOf(TimestepSpacing.whole(upToZero), steps);
  }

  /** Half the log SNR at a timestep. */
  private static float lambda(NoiseSchedule schedule, int t) {
    return (float) StrictMath.log(schedule.signal(t)) - (float) StrictMath.log(schedule.noise(t));
  }
}
