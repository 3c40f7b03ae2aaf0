package org.sparklora.train;

import java.util.List;
import java.util.Optional;
import org.sparklora.InvalidInputException;
import org.sparklora.tensor.Precision;
import org.sparklora.train.optimizer.Chunks;
import org.sparklora.train.optimizer.Ema;
import org.sparklora.train.optimizer.ParameterTensor;
import org.sparklora.train.optimizer.UpdateRule;

/**
 * The driver's half of a step: unscale, check, clip, update, average.
 *
 * <p>A step whose gradient is not finite is skipped: it counts as a step (the next one draws other
 * samples and noise, and {@code --max_train_steps} is reached), but neither the update rule's nor
 * the learning-rate schedule's clock advances. accelerate and diffusers' training scripts count so
 * too.
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
  private final UpdateRule rule;
  private final Optional<Ema> ema;
  private long updates;
  private volatile AdapterState state;
  private int skippedInARow;

  /**
   * Starts at step 0, with an adapter of one tensor.
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
        learningRate,
        precision,
        microBatches,
        ParameterTensor.vector(adapter.length),
        adapter);
  }

  /**
   * Starts at step 0.
   *
   * @param microBatches micro-batches a step, M
   * @param tensors what the adapter is made of
   * @param adapter the starting values, {@code float[parameters]}; copied
   */
  public AdapterOptimizer(
      OptimizerConfig config,
      LearningRateConfig learningRate,
      Precision precision,
      int microBatches,
      List<ParameterTensor> tensors,
      float[] adapter) {
    this(
        config,
        new LearningRateSchedule(learningRate, config.learningRate()),
        microBatches,
        new LossScaler(precision),
        UpdateRule.of(config.rule(), tensors, adapter, Optional.empty()),
        config.ema().map(ema -> new Ema(ema, adapter)),
        0,
        new AdapterState(0, new LossScaler(precision).scale(), adapter.clone()));
  }

  private AdapterOptimizer(
      OptimizerConfig config,
      LearningRateSchedule schedule,
      int microBatches,
      LossScaler scaler,
      UpdateRule rule,
      Optional<Ema> ema,
      long updates,
      AdapterState state) {
    this.config = config;
    this.schedule = schedule;
    this.microBatches = microBatches;
    this.scaler = scaler;
    this.rule = rule;
    this.ema = ema;
    this.updates = updates;
    this.state = state;
  }

  /**
   * Goes on from a saved state: the same bits as if training had never stopped.
   *
   * @param tensors what the adapter is made of now
   * @throws InvalidInputException if the state is of an adapter of another size or of another rule
   */
  public static AdapterOptimizer resume(
      OptimizerConfig config,
      LearningRateConfig learningRate,
      Precision precision,
      int microBatches,
      List<ParameterTensor> tensors,
      OptimizerState saved) {
    int parameters = ParameterTensor.total(tensors);
    if (saved.values().length != parameters
        || saved.ema().filter(average -> average.length != parameters).isPresent()) {
      throw InvalidInputException.data(
          "Cannot resume: the saved adapter has "
              + saved.values().length
              + " values and this one "
              + parameters
              + "; train with the rank and targets the checkpoint was made with.");
    }
    LossScaler scaler = new LossScaler(precision, saved.lossScale(), saved.stepsSinceScaleChange());
    return new AdapterOptimizer(
        config,
        new LearningRateSchedule(learningRate, config.learningRate()),
        microBatches,
        scaler,
        UpdateRule.of(config.rule(), tensors, saved.values(), Optional.of(saved.rule())),
        config.ema().map(ema -> new Ema(ema, saved.ema().orElse(saved.values()))),
        saved.updates(),
        new AdapterState(saved.step(), scaler.scale(), saved.values().clone()));
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
    double rate = schedule.rate(updates);
    boolean skipped = !Double.isFinite(norm);
    float[] values = before.values();
    if (skipped) {
      requireProgress(before, sum.loss());
    } else {
      skippedInARow = 0;
      GradientClipping.clip(gradient, norm, config.maxGradNorm());
      updates++;
      UpdateRule.Update update = rule.update(values, gradient, rate, updates);
      values = update.values();
      rate = update.learningRate();
    }
    scaler.update(skipped);
    AdapterState after = new AdapterState(before.step() + 1, scaler.scale(), values);
    ema.ifPresent(average -> average.update(after.values(), after.step()));
    state = after;
    return new StepResult(before.step(), sum.loss() / microBatches, norm, rate, skipped);
  }

  /**
   * The adapter to use: the running average where there is one, else the values themselves. To be
   * asked between steps.
   */
  public float[] result() {
    return ema.map(Ema::average).orElseGet(() -> state.values().clone());
  }

  /** Everything {@link #resume} needs, in arrays of its own. */
  public OptimizerState export() {
    AdapterState now = state;
    return new OptimizerState(
        now.step(),
        updates,
        now.values().clone(),
        rule.state(),
        ema.map(Ema::average),
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
    Chunks.forEach(
        mean.length,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            mean[i] = sum[i] / divisor;
          }
        });
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
