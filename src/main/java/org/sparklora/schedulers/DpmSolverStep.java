package org.sparklora.schedulers;

/**
 * The weights of one DPM-Solver++ step (Lu et al. 2022, arXiv 2211.01095, algorithm 2 and appendix
 * A): {@code next = sample * x + original * D0 + first * D1 + second * D2 + noise * z}, where D0 is
 * the predicted clean latent and D1, D2 its first and second differences over lambda.
 */
record DpmSolverStep(float sample, float original, float first, float second, float noise) {
  /** How the first difference enters a step of second order; names as in {@code solver_type}. */
  enum SolverType {
    MIDPOINT,
    HEUN
  }

  /** The deterministic step from {@code from} to {@code to}. */
  static DpmSolverStep ode(SolverPoint from, SolverPoint to, SolverType type) {
    float h = to.lambda() - from.lambda();
    float growth = (float) StrictMath.exp(-h) - 1;
    float original = -to.alpha() * growth;
    float first = type == SolverType.MIDPOINT ? 0.5f * original : to.alpha() * (growth / h + 1);
    float second = -to.alpha() * ((growth + h) / (h * h) - 0.5f);
    return new DpmSolverStep(to.sigma() / from.sigma(), original, first, second, 0);
  }

  /** The step that draws noise, {@code sde-dpmsolver++}. */
  static DpmSolverStep sde(SolverPoint from, SolverPoint to, SolverType type) {
    float h = to.lambda() - from.lambda();
    float decay = 1 - (float) StrictMath.exp(-2 * h);
    float original = to.alpha() * decay;
    float first =
        type == SolverType.MIDPOINT ? 0.5f * original : to.alpha() * (decay / (-2 * h) + 1);
    float second = to.alpha() * ((decay - 2 * h) / (4 * h * h) - 0.5f);
    return new DpmSolverStep(
        to.sigma() / from.sigma() * (float) StrictMath.exp(-h),
        original,
        first,
        second,
        to.sigma() * (float) Math.sqrt(decay));
  }
}
