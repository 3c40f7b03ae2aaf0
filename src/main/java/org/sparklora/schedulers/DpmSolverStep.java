package org.sparklora.schedulers;

import org.sparklora.schedulers.run.SolverPoint;

/**
 * The weights of one step of DPM-Solver (Lu et al. 2022, arXiv 2206.00927) or DPM-Solver++ (arXiv
 * 2211.01095, algorithm 2 and appendix A): {@code next = sample * x + output * D0 + first * D1 +
 * second * D2 + noise * z}, where D0 is the prediction (noise or clean latent), and D1 and D2 are
 * its first and second differences over lambda.
 */
record DpmSolverStep(float sample, float output, float first, float second, float noise) {
  /** Says what is predicted, and whether a step draws noise. */
  enum Algorithm {
    DPM_SOLVER(true, false),
    DPM_SOLVER_PP(false, false),
    SDE_DPM_SOLVER(true, true),
    SDE_DPM_SOLVER_PP(false, true);

    private final boolean predictsNoise;
    private final boolean drawsNoise;

    Algorithm(boolean predictsNoise, boolean drawsNoise) {
      this.predictsNoise = predictsNoise;
      this.drawsNoise = drawsNoise;
    }

    boolean predictsNoise() {
      return predictsNoise;
    }

    boolean drawsNoise() {
      return drawsNoise;
    }
  }

  /**
   * The way in which the first difference enters a step of second order; names as in {@code
   * solver_type}.
   */
  enum SolverType {
    MIDPOINT,
    HEUN
  }

  /** The step from {@code from} to {@code to}. */
  static DpmSolverStep of(Algorithm algorithm, SolverPoint from, SolverPoint to, SolverType type) {
    float h = to.lambda() - from.lambda();
    boolean midpoint = type == SolverType.MIDPOINT;
    return switch (algorithm) {
      case DPM_SOLVER -> noise(from, to, h, midpoint);
      case DPM_SOLVER_PP -> original(from, to, h, midpoint);
      case SDE_DPM_SOLVER -> noise(from, to, h, midpoint).drawing(to, h);
      case SDE_DPM_SOLVER_PP -> originalDrawing(from, to, h, midpoint);
    };
  }

  private static DpmSolverStep original(
      SolverPoint from, SolverPoint to, float h, boolean midpoint) {
    float growth = (float) StrictMath.exp(-h) - 1;
    float output = -to.alpha() * growth;
    float first = midpoint ? 0.5f * output : to.alpha() * (growth / h + 1);
    float second = -to.alpha() * ((growth + h) / (h * h) - 0.5f);
    return new DpmSolverStep(to.sigma() / from.sigma(), output, first, second, 0);
  }

  private static DpmSolverStep originalDrawing(
      SolverPoint from, SolverPoint to, float h, boolean midpoint) {
    float decay = 1 - (float) StrictMath.exp(-2 * h);
    float output = to.alpha() * decay;
    float first = midpoint ? 0.5f * output : to.alpha() * (decay / (-2 * h) + 1);
    float second = to.alpha() * ((decay - 2 * h) / (4 * h * h) - 0.5f);
    return new DpmSolverStep(
        to.sigma() / from.sigma() * (float) StrictMath.exp(-h),
        output,
        first,
        second,
        to.sigma() * (float) Math.sqrt(decay));
  }

  private static DpmSolverStep noise(SolverPoint from, SolverPoint to, float h, boolean midpoint) {
    float growth = (float) StrictMath.exp(h) - 1;
    float output = -to.sigma() * growth;
    float first = midpoint ? 0.5f * output : -to.sigma() * (growth / h - 1);
    float second = -to.sigma() * ((growth - h) / (h * h) - 0.5f);
    return new DpmSolverStep(to.alpha() / from.alpha(), output, first, second, 0);
  }

  /**
   * A step with noise, of order 1 or 2: it goes twice as far along the prediction and adds noise.
   */
  private DpmSolverStep drawing(SolverPoint to, float h) {
    float deviation = to.sigma() * (float) Math.sqrt((float) StrictMath.exp(2 * h) - 1);
    return new DpmSolverStep(sample, 2 * output, 2 * first, Float.NaN, deviation);
  }
}
