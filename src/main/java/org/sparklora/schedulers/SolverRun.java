package org.sparklora.schedulers;

import java.util.Arrays;

/**
 * The timesteps of a run and the points it visits; what DPM-Solver and UniPC have in common.
 *
 * @param points {@code timesteps.length + 1} of them
 */
record SolverRun(int[] timesteps, SolverPoint[] points) {

  /**
   * @param roundsKarras whether the timesteps of Karras sigmas are rounded rather than cut off
   */
  static SolverRun of(
      SchedulerConfig config,
      TimestepSpacing spacing,
      int offset,
      SigmaSpacing sigmaSpacing,
      FinalSigma finalSigma,
      boolean roundsKarras,
      int steps) {
    int trained = config.trainTimesteps();
    NoiseSchedule schedule = NoiseSchedule.of(config);
    SigmaSchedule all =
        new SigmaSchedule(
            config.rescaleBetasZeroSnr()
                ? schedule.withTerminalAlpha(SigmaRun.TERMINAL_ALPHA)
                : schedule);
    int[] chosen = chosen(spacing, trained, steps, offset);
    double[] sigmas =
        switch (sigmaSpacing) {
          case TIMESTEPS -> all.at(Arrays.stream(chosen).asDoubleStream().toArray());
          case KARRAS -> SigmaSchedule.karras(all.largest(), all.smallest(), steps);
          case EXPONENTIAL -> SigmaSchedule.exponential(all.largest(), all.smallest(), steps);
        };
    boolean rounds = sigmaSpacing == SigmaSpacing.KARRAS && roundsKarras;
    int[] timesteps =
        sigmaSpacing == SigmaSpacing.TIMESTEPS
            ? TimestepSpacing.requireInside(chosen, trained)
            : Arrays.stream(all.timesteps(sigmas))
                .mapToInt(t -> (int) (rounds ? Math.rint(t) : t))
                .toArray();
    float[] visited = SigmaSchedule.endingAt(sigmas, finalSigma.value(all));
    SolverPoint[] points = new SolverPoint[visited.length];
    for (int i = 0; i < points.length; i++) {
      points[i] = SolverPoint.at(visited[i]);
    }
    return new SolverRun(timesteps, points);
  }

  /** The whole timesteps; as diffusers, the spacing that reaches 0 leaves that last one out. */
  private static int[] chosen(TimestepSpacing spacing, int trained, int steps, int offset) {
    return spacing == TimestepSpacing.TRAILING
        ? spacing.wholeTimesteps(trained, steps, offset)
        : Arrays.copyOf(spacing.wholeTimesteps(trained, steps + 1, offset), steps);
  }
}
