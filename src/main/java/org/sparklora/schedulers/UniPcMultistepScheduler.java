package org.sparklora.schedulers;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
 * UniPC (Zhao et al. 2023, arXiv 2302.04867): each model output first corrects the sample for which
 * it was computed (UniC), then predicts the next one (UniP).
 */
final class UniPcMultistepScheduler implements Scheduler {
  /** Solver types by {@code solver_type}, including names from other schedulers' configurations. */
  private static final Map<String, UniPcStep.SolverType> SOLVER_TYPES =
      Map.of(
          "bh1", UniPcStep.SolverType.BH1,
          "bh2", UniPcStep.SolverType.BH2,
          "midpoint", UniPcStep.SolverType.BH2,
          "heun", UniPcStep.SolverType.BH2,
          "logrho", UniPcStep.SolverType.BH2);

  private static final int MAX_ORDER = 8;

  private final PredictionType predictionType;
  private final int solverOrder;
  private final UniPcStep.SolverType solverType;
  private final boolean predictsOriginal;
  private final boolean lowerOrderFinal;
  private final Set<Integer> uncorrected = new HashSet<>();
  private final SolverRun run;
  private final StepOrder order;

  /** The predictions of the latest steps, the newest first. */
  private float[][] outputs = {};

  private Optional<float[]> lastSample = Optional.empty();
  private int lastOrder;

  UniPcMultistepScheduler(ConfigValues values, int steps) {
    SchedulerConfig config = SchedulerConfig.read("UniPCMultistepScheduler", values);
    predictionType = config.predictionType();
    solverOrder = values.integer("solver_order", 2);
    values.require(
        solverOrder >= 1 && solverOrder <= MAX_ORDER,
        "Invalid solver_order in scheduler_config.json: "
            + solverOrder
            + "; use 1 to "
            + MAX_ORDER
            + ".");
    solverType = values.oneOf("solver_type", "bh2", SOLVER_TYPES);
    predictsOriginal = values.flag("predict_x0", true);
    lowerOrderFinal = values.flag("lower_order_final", true);
    values
        .value("disable_corrector")
        .ifPresent(indices -> indices.forEach(index -> uncorrected.add(index.asInt())));
    SigmaOptions options = SigmaOptions.read(values);
    FinalSigma finalSigma = options.finalSigma();
    values.refuseFlag("thresholding", "dynamic thresholding is for pixels, not latents");
    values.refuseFlag("use_dynamic_shifting", "it belongs to flow matching");
    values.refuseFlag("use_flow_sigmas", "flow matching has another noise schedule");
    if (values.value("solver_p").isPresent()) {
      values.unsupported("solver_p", "leave it out");
    }
    boolean staysAtLast =
        finalSigma == FinalSigma.SIGMA_MIN && options.spacing() != SigmaSpacing.TIMESTEPS;
    int highestLast = finalSigma == FinalSigma.ZERO ? 1 : staysAtLast ? 2 : MAX_ORDER;
    values.require(
        lowerOrderFinal || steps == 1 || solverOrder <= highestLast,
        "Invalid lower_order_final in scheduler_config.json: false, with solver_order "
            + solverOrder
            + "; the last step takes at most order "
            + highestLast
            + " here, to sigma 0 or nowhere; leave it true.");
    values.require(
        finalSigma != FinalSigma.ZERO || predictsOriginal,
        "Invalid scheduler_config.json: predict_x0 false with final_sigmas_type zero; use"
            + " sigma_min.");
    SolverRun all = SolverRun.of(config, values, options, true, Double.NEGATIVE_INFINITY, steps);
    run = staysAtLast ? all.stayingAtLast() : all;
    order = new StepOrder(run.timesteps().length);
  }

  @Override
  public float[] timesteps() {
    return TimestepSpacing.floats(run.timesteps());
  }

  @Override
  public void startAt(int index) {
    order.startAt(index);
  }

  @Override
  public float[] addNoise(float[] original, float[] noise, int index) {
    SolverPoint point = run.points()[index];
    return NoiseSchedule.noisy(original, point.alpha(), noise, point.sigma());
  }

  @Override
  public float[] step(float[] modelOutput, int index, float[] sample, NoiseSource noise) {
    order.take(index);
    SolverPoint at = run.points()[index];
    Prediction both = Prediction.of(predictionType, modelOutput, sample, at.alpha(), at.sigma());
    float[] output = predictsOriginal ? both.original() : both.epsilon();
    float[] corrected = sample;
    if (lastSample.isPresent() && !uncorrected.contains(index - 1)) {
      UniPcStep step = step(index - 1, lastOrder);
      corrected = step.corrected(lastSample.get(), outputs, output);
    }
    remember(output);
    int left = run.timesteps().length - index;
    int allowed = lowerOrderFinal ? Math.min(solverOrder, left) : solverOrder;
    lastOrder = Math.min(allowed, order.taken(index) + 1);
    lastSample = Optional.of(corrected);
    return step(index, lastOrder).predicted(corrected, outputs);
  }

  private UniPcStep step(int index, int stepOrder) {
    return UniPcStep.of(run.points(), index, stepOrder, predictsOriginal, solverType);
  }

  private void remember(float[] output) {
    float[][] kept = new float[Math.min(outputs.length + 1, solverOrder)][];
    kept[0] = output;
    System.arraycopy(outputs, 0, kept, 1, kept.length - 1);
    outputs = kept;
  }
}
