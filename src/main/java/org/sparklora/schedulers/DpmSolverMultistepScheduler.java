package org.sparklora.schedulers;

import java.util.Map;
import java.util.OptionalDouble;
import org.sparklora.schedulers.noise.BetaSchedule;
import org.sparklora.schedulers.noise.ConfigValues;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.Prediction;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.schedulers.run.FinalSigma;
import org.sparklora.schedulers.run.SigmaOptions;
import org.sparklora.schedulers.run.SigmaSpacing;
import org.sparklora.schedulers.run.SolverPoint;
import org.sparklora.schedulers.run.SolverRun;
import org.sparklora.schedulers.run.StepOrder;
import org.sparklora.schedulers.run.TimestepSpacing;

/**
 * DPM-Solver (Lu et al. 2022, arXiv 2206.00927) and DPM-Solver++ (arXiv 2211.01095) with the
 * outputs of earlier steps, orders 1 to 3, deterministic or with noise.
 */
final class DpmSolverMultistepScheduler implements Scheduler {
  /** Below this many steps, {@code lower_order_final} lowers the order of the last ones. */
  private static final int FEW_STEPS = 15;

  /** Algorithms by {@code algorithm_type}; deis is treated as in diffusers. */
  private static final Map<String, DpmSolverStep.Algorithm> ALGORITHMS =
      Map.of(
          "dpmsolver", DpmSolverStep.Algorithm.DPM_SOLVER,
          "dpmsolver++", DpmSolverStep.Algorithm.DPM_SOLVER_PP,
          "deis", DpmSolverStep.Algorithm.DPM_SOLVER_PP,
          "sde-dpmsolver", DpmSolverStep.Algorithm.SDE_DPM_SOLVER,
          "sde-dpmsolver++", DpmSolverStep.Algorithm.SDE_DPM_SOLVER_PP);

  /** Solver types by {@code solver_type}, including names from other schedulers' configurations. */
  private static final Map<String, DpmSolverStep.SolverType> SOLVER_TYPES =
      Map.of(
          "midpoint", DpmSolverStep.SolverType.MIDPOINT,
          "heun", DpmSolverStep.SolverType.HEUN,
          "logrho", DpmSolverStep.SolverType.MIDPOINT,
          "bh1", DpmSolverStep.SolverType.MIDPOINT,
          "bh2", DpmSolverStep.SolverType.MIDPOINT);

  private final PredictionType predictionType;
  private final int solverOrder;
  private final DpmSolverStep.Algorithm algorithm;
  private final DpmSolverStep.SolverType solverType;
  private final boolean lowerOrderFinal;
  private final boolean eulerAtFinal;
  private final int[] timesteps;
  private final SolverPoint[] points;
  private final StepOrder order;

  /** The clean latents, or the noise, predicted at the latest steps, the newest first. */
  private float[][] outputs = {};

  DpmSolverMultistepScheduler(ConfigValues values, int steps) {
    SchedulerConfig config = SchedulerConfig.read("DPMSolverMultistepScheduler", values);
    predictionType = config.predictionType();
    solverOrder = values.integer("solver_order", 2);
    values.require(
        solverOrder >= 1 && solverOrder <= 3,
        "Invalid solver_order in scheduler_config.json: " + solverOrder + "; use 1, 2 or 3.");
    algorithm = values.oneOf("algorithm_type", "dpmsolver++", ALGORITHMS);
    solverType = values.oneOf("solver_type", "midpoint", SOLVER_TYPES);
    lowerOrderFinal = values.flag("lower_order_final", true);
    FinalSigma finalSigma = values.choice("final_sigmas_type", FinalSigma.ZERO);
    // If no noise is left, lambda is infinite, and only the first order can reach it.
    eulerAtFinal = values.flag("euler_at_final", false) || finalSigma == FinalSigma.ZERO;
    values.require(
        finalSigma != FinalSigma.ZERO || !algorithm.predictsNoise(),
        "Invalid final_sigmas_type in scheduler_config.json: zero, with an algorithm_type that"
            + " predicts noise; use sigma_min, or dpmsolver++.");
    values.require(
        solverOrder < 3 || algorithm != DpmSolverStep.Algorithm.SDE_DPM_SOLVER,
        "Invalid solver_order in scheduler_config.json: 3, which sde-dpmsolver has not; use 2.");
    refuseUnsupported(values);
    SigmaOptions options =
        new SigmaOptions(
            SigmaSpacing.readWithLu(values),
            finalSigma,
            OptionalDouble.empty(),
            OptionalDouble.empty());
    double lambdaMin = values.numberOrInfinity("lambda_min_clipped", Double.NEGATIVE_INFINITY);
    // diffusers cuts off fractions, except for Karras sigmas, which it rounds unless beta is
    // cosine.
    boolean rounds = config.betaSchedule() != BetaSchedule.SQUAREDCOS_CAP_V2;
    SolverRun run = SolverRun.of(config, values, options, rounds, lambdaMin, steps);
    timesteps = run.timesteps();
    points = run.points();
    order = new StepOrder(timesteps.length);
  }

  private static void refuseUnsupported(ConfigValues values) {
    values.refuseFlag("thresholding", "dynamic thresholding is for pixels, not latents");
    values.refuseFlag("use_dynamic_shifting", "it belongs to flow matching");
    values.refuseFlag("use_flow_sigmas", "flow matching has another noise schedule");
    if (values.text("variance_type", "").startsWith("learned")) {
      values.unsupported("variance_type", "Stable Diffusion learns no variance; leave it out");
    }
  }

  @Override
  public float[] timesteps() {
    return TimestepSpacing.floats(timesteps);
  }

  @Override
  public void startAt(int index) {
    order.startAt(index);
  }

  @Override
  public float[] addNoise(float[] original, float[] noise, int index) {
    return NoiseSchedule.noisy(original, points[index].alpha(), noise, points[index].sigma());
  }

  @Override
  public float[] step(float[] modelOutput, int index, float[] sample, NoiseSource noise) {
    order.take(index);
    SolverPoint from = points[index];
    Prediction both =
        Prediction.of(predictionType, modelOutput, sample, from.alpha(), from.sigma());
    remember(algorithm.predictsNoise() ? both.epsilon() : both.original());
    int stepOrder = orderAt(index);
    // Third order has no midpoint form.
    DpmSolverStep.SolverType type = stepOrder == 3 ? DpmSolverStep.SolverType.HEUN : solverType;
    DpmSolverStep weights = DpmSolverStep.of(algorithm, from, points[index + 1], type);
    float[] next = weigh(weights.sample(), sample, weights.output(), outputs[0]);
    if (stepOrder > 1) {
      addDifferences(next, weights, index, stepOrder);
    }
    if (algorithm.drawsNoise()) {
      float[] drawn = noise.normal(index, next.length);
      for (int i = 0; i < next.length; i++) {
        next[i] += weights.noise() * drawn[i];
      }
    }
    return next;
  }

  private void remember(float[] output) {
    float[][] kept = new float[Math.min(outputs.length + 1, solverOrder)][];
    kept[0] = output;
    System.arraycopy(outputs, 0, kept, 1, kept.length - 1);
    outputs = kept;
  }

  private int orderAt(int index) {
    int left = timesteps.length - index;
    boolean few = lowerOrderFinal && timesteps.length < FEW_STEPS;
    if (left == 1 && (eulerAtFinal || few)) {
      return 1;
    }
    return Math.min(outputs.length, left == 2 && few ? 2 : 3);
  }

  private static float[] weigh(float a, float[] x, float b, float[] y) {
    float[] sum = new float[x.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = a * x[i] + b * y[i];
    }
    return sum;
  }

  /** Adds the terms in D1 and, at third order, D2: divided differences over lambda. */
  private void addDifferences(float[] next, DpmSolverStep weights, int index, int stepOrder) {
    float h = points[index + 1].lambda() - points[index].lambda();
    float r0 = (points[index].lambda() - points[index - 1].lambda()) / h;
    float r1 =
        stepOrder == 3 ? (points[index - 1].lambda() - points[index - 2].lambda()) / h : Float.NaN;
    for (int i = 0; i < next.length; i++) {
      float first = 1 / r0 * (outputs[0][i] - outputs[1][i]);
      if (stepOrder == 3) {
        float earlier = 1 / r1 * (outputs[1][i] - outputs[2][i]);
        float second = 1 / (r0 + r1) * (first - earlier);
        first += r0 / (r0 + r1) * (first - earlier);
        next[i] += weights.second() * second;
      }
      next[i] += weights.first() * first;
    }
  }
}
