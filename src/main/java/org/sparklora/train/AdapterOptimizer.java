package org.sparklora.train;

import org.sparklora.InvalidInputException;
import org.sparklora.tensor.Precision;

/**
 * The driver's half of a step: unscale, check, clip, AdamW, schedule.
 *
 * <p>A step whose gradient is not finite is skipped: it counts as a step (the next one draws other
 * samples and noise, and {@code --max_train_steps} is reached), but neither AdamW's nor the
 * learning-rate schedule's clock advances. accelerate and diffusers' training scripts count so too.
 *
 * <p>One thread applies steps; any thread may read the state, whose array never changes.
 */
public final class AdapterOptimizer implements StepOptimizer {
  /** Enough for the loss scale to fall from 65536 to 1 and for bad batches to pass. */
  static final int MOST_SKIPPED_IN_A_ROW = 32;

  private final OptimizerConfig config;
  private final LearningRateSchedule schedule;
  private final int microBatches;
  private final LossScaler scaler;
  private final AdamW adamW;
  private volatile AdapterState state;
  private int skippedInARow;

  /**
   * Starts at step 0.
   *
   * @param microBatches micro-batches a step, M
   * @param adapter the starting values, {@code float[parameters]}; copied
   */
  public AdapterOptimizer(
      OptimizerConfig config,
      LearningRateConfig learningRate,
      Precision precision,
      int microBatches,
      float[] adapter) {
    this(
        config,
        new LearningRateSchedule(learningRate, config.learningRate()),
        microBatches,
        new LossScaler(precision),
        new AdamW(config, adapter.length),
        0,
        adapter);
  }

  private AdapterOptimizer(
      OptimizerConfig config,
      LearningRateSchedule schedule,
      int microBatches,
      LossScaler scaler,
      AdamW adamW,
      long step,
      float[] adapter) {
    this.config = config;
    this.schedule = schedule;
    this.microBatches = microBatches;
    this.scaler = scaler;
    this.adamW = adamW;
    this.state = new AdapterState(step, scaler.scale(), adapter.clone());
  }

  /**
   * Goes on from a saved state: the same bits as if training had never stopped.
   *
   * @param parameters the number of values the adapter has now
   * @throws InvalidInputException if the state is of an adapter of another size
   */
  public static AdapterOptimizer resume(
      OptimizerConfig config,
      LearningRateConfig learningRate,
      Precision precision,
      int microBatches,
      int parameters,
      OptimizerState saved) {
    if (saved.values().length != parameters
        || saved.firstMoment().length != parameters
        || saved.secondMoment().length != parameters) {
      throw InvalidInputException.data(
          "Cannot resume: the saved adapter has "
              + saved.values().length
              + " values and this one "
              + parameters
              + "; train with the rank and targets the checkpoint was made with.");
    }
    return new AdapterOptimizer(
        config,
        new LearningRateSchedule(learningRate, config.learningRate()),
        microBatches,
        new LossScaler(precision, saved.lossScale(), saved.stepsSinceScaleChange()),
        new AdamW(config, saved.updates(), saved.firstMoment(), saved.secondMoment()),
        saved.step(),
        saved.values());
  }

  @Override
  public AdapterState state() {
    return state;
  }

  @Override
  public int microBatches() {
    return microBatches;
  }

  /**
   * @throws TrainingDivergedException after {@value #MOST_SKIPPED_IN_A_ROW} skipped steps in a row
   */
  @Override
  public StepResult apply(MicroBatchGradient sum) {
    AdapterState before = state;
    float[] gradient = mean(sum.values(), before.lossScale());
    double norm = GradientClipping.norm(gradient);
    double rate = schedule.rate(adamW.updates());
    boolean skipped = !Double.isFinite(norm);
    float[] values = before.values();
    if (skipped) {
      requireProgress(before, sum.loss());
    } else {
      skippedInARow = 0;
      GradientClipping.clip(gradient, norm, config.maxGradNorm());
      values = adamW.update(values, gradient, rate);
    }
    scaler.update(skipped);
    state = new AdapterState(before.step() + 1, scaler.scale(), values);
    return new StepResult(
        before.step(), sum.loss() / microBatches, norm, rate, before.lossScale(), skipped);
  }

  /** Everything {@link #resume} needs, in arrays of its own. */
  public OptimizerState export() {
    AdapterState now = state;
    return new OptimizerState(
        now.step(),
        adamW.updates(),
        now.values().clone(),
        adamW.firstMoment(),
        adamW.secondMoment(),
        scaler.scale(),
        scaler.stepsSinceChange());
  }

  private float[] mean(float[] sum, float lossScale) {
    if (sum.length != state.values().length) {
      throw new IllegalArgumentException(
          "gradient of " + sum.length + " values for " + state.values().length + " parameters");
    }
    float divisor = lossScale * microBatches;
    float[] mean = new float[sum.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = sum[i] / divisor;
    }
    return mean;
  }

  private void requireProgress(AdapterState before, double lossSum) {
    skippedInARow++;
    if (skippedInARow > MOST_SKIPPED_IN_A_ROW) {
      throw new TrainingDivergedException(
          "Cannot continue: the gradient was not finite for "
              + skippedInARow
              + " steps in a row up to step "
              + before.step()
              + " (loss "
              + lossSum / microBatches
              + ", loss scale "
              + before.lossScale()
              + "); lower --learning_rate, set --max_grad_norm, or use --mixed_precision bf16 or"
              + " no.");
    }
  }
}
