package org.sparklora.train.step;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.tensor.Precision;
import org.sparklora.train.optimizer.Chunks;
import org.sparklora.train.optimizer.Ema;
import org.sparklora.train.optimizer.ParameterTensor;
import org.sparklora.train.optimizer.UpdateRule;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LearningRateSchedule;

/**
 * The driver's half of a step: it unscales, checks and clips the gradient, updates the adapter and
 * its average.
 *
 * <p>Tensors may be in groups with their own learning rates and spans of steps. Only the gradient
 * of the groups that a step trains counts for the norm and for the check that it is finite. Each
 * group has its own update rule, so Prodigy estimates a distance for each.
 *
 * <p>A step whose gradient is not finite is skipped. It counts as a step: the next one draws other
 * samples and noise, and {@code --max_train_steps} is reached. But neither the update rules' nor
 * the learning-rate schedules' clocks advance. accelerate and diffusers' training scripts count in
 * the same way.
 *
 * <p>Only one thread may apply steps. Any thread may read the state, whose array never changes.
 */
public final class AdapterOptimizer implements StepOptimizer {
  /** This is enough for the loss scale to fall from 65536 to 1 and for bad batches to pass. */
  static final int MOST_SKIPPED_IN_A_ROW = 32;

  private final double maxGradNorm;
  private final int microBatches;
  private final LossScaler scaler;
  private final List<GroupUpdates> groups;
  private final Optional<Ema> ema;
  private final Optional<NormLimit> limit;
  private final Soundness soundness;
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
   * Starts at step 0, with all tensors in one group.
   *
   * @param microBatches micro-batches a step, M
   * @param tensors the tensors that make up the adapter
   * @param adapter the starting values, {@code float[parameters]}; copied
   */
  public AdapterOptimizer(
      OptimizerConfig config,
      LearningRateConfig learningRate,
      Precision precision,
      int microBatches,
      List<ParameterTensor> tensors,
      float[] adapter) {
    this(config, precision, microBatches, whole(config, learningRate, tensors), adapter);
  }

  /**
   * Starts at step 0.
   *
   * @param config whose learning rate is replaced by those of the groups
   * @param microBatches micro-batches a step, M
   * @param groups that together have all of the adapter's values
   * @param adapter the starting values, {@code float[parameters]}; copied
   */
  public AdapterOptimizer(
      OptimizerConfig config,
      Precision precision,
      int microBatches,
      List<ParameterGroup> groups,
      float[] adapter) {
    this(config, precision, microBatches, groups, List.of(), adapter);
  }

  /**
   * Starts at step 0.
   *
   * @param modules whose norms {@code --scale_weight_norms} limits
   */
  public AdapterOptimizer(
      OptimizerConfig config,
      Precision precision,
      int microBatches,
      List<ParameterGroup> groups,
      List<AdapterLayout.Module> modules,
      float[] adapter) {
    this(
        config,
        microBatches,
        limit(config, modules),
        new LossScaler(precision),
        SavedGroups.NONE.updates(groups, config.rule(), adapter),
        config.ema().map(ema -> new Ema(ema, adapter)),
        new Soundness(0),
        new AdapterState(0, new LossScaler(precision).scale(), adapter.clone()));
  }

  private static Optional<NormLimit> limit(
      OptimizerConfig config, List<AdapterLayout.Module> modules) {
    return config.weightNorm().map(most -> new NormLimit(most, modules));
  }

  private AdapterOptimizer(
      OptimizerConfig config,
      int microBatches,
      Optional<NormLimit> limit,
      LossScaler scaler,
      List<GroupUpdates> groups,
      Optional<Ema> ema,
      Soundness soundness,
      AdapterState state) {
    this.maxGradNorm = config.maxGradNorm();
    this.microBatches = microBatches;
    this.scaler = scaler;
    this.groups = groups;
    this.ema = ema;
    this.limit = limit;
    this.soundness = soundness;
    this.state = state;
  }

  /**
   * Continues from a saved state with all tensors in one group, as {@link #resume(OptimizerConfig,
   * Precision, int, List, OptimizerState)}.
   */
  public static AdapterOptimizer resume(
      OptimizerConfig config,
      LearningRateConfig learningRate,
      Precision precision,
      int microBatches,
      List<ParameterTensor> tensors,
      OptimizerState saved) {
    return resume(config, precision, microBatches, whole(config, learningRate, tensors), saved);
  }

  /** Continues from a saved state without a limit on norms. */
  public static AdapterOptimizer resume(
      OptimizerConfig config,
      Precision precision,
      int microBatches,
      List<ParameterGroup> groups,
      OptimizerState saved) {
    return resume(config, precision, microBatches, groups, List.of(), saved);
  }

  /**
   * Continues from a saved state, with the same bits as if training had never stopped.
   *
   * @param groups that together have all of the adapter's values now
   * @param modules whose norms {@code --scale_weight_norms} limits
   * @throws org.sparklora.util.InvalidInputException if the state is of an adapter of another size,
   *     of other groups or of another rule
   */
  public static AdapterOptimizer resume(
      OptimizerConfig config,
      Precision precision,
      int microBatches,
      List<ParameterGroup> groups,
      List<AdapterLayout.Module> modules,
      OptimizerState saved) {
    LossScaler scaler = new LossScaler(precision, saved.lossScale(), saved.stepsSinceScaleChange());
    return new AdapterOptimizer(
        config,
        microBatches,
        limit(config, modules),
        scaler,
        SavedGroups.of(saved, groups).updates(groups, config.rule(), saved.values()),
        config.ema().map(ema -> new Ema(ema, saved.ema().orElse(saved.values()))),
        new Soundness(saved.skippedSteps()),
        new AdapterState(saved.step(), scaler.scale(), saved.values().clone()));
  }

  private static List<ParameterGroup> whole(
      OptimizerConfig config, LearningRateConfig learningRate, List<ParameterTensor> tensors) {
    return ParameterGroup.whole(
        tensors, new LearningRateSchedule(learningRate, config.learningRate()));
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
   * @throws TrainingDivergedException after {@value #MOST_SKIPPED_IN_A_ROW} skipped steps in a row,
   *     or when the step makes values that no model can use
   */
  @Override
  public StepResult apply(MicroBatchGradient sum) {
    AdapterState before = state;
    List<GroupUpdates> trained =
        groups.stream().filter(group -> group.isTrainedIn(before.step())).toList();
    float[] gradient = ofTrained(trained, mean(sum.values(), before.lossScale()));
    double norm = GradientClipping.norm(gradient);
    boolean skipped = !Double.isFinite(norm);
    Map<String, Double> rates = new LinkedHashMap<>();
    float[] values = before.values();
    if (skipped) {
      requireProgress(before, sum.loss());
      trained.forEach(group -> rates.put(group.name(), group.rate()));
    } else {
      skippedInARow = 0;
      GradientClipping.clip(gradient, norm, maxGradNorm);
      values = update(trained, before.values(), gradient, rates);
      if (limit.isPresent()) {
        limit.get().apply(values);
      }
      double rate = rates.values().stream().findFirst().orElse(0.0);
      Soundness.requireUsable(values, before.step(), new Soundness.StepNumbers(rate, norm));
    }
    scaler.update(skipped);
    AdapterState after = new AdapterState(before.step() + 1, scaler.scale(), values);
    ema.ifPresent(average -> average.update(after.values(), after.step()));
    state = after;
    StepResult result =
        new StepResult(
            before.step(), sum.loss() / microBatches, norm, rates, before.lossScale(), skipped);
    soundness.take(result);
    return result;
  }

  /**
   * Refuses the result of a run that has diverged. Call this at the end of a run.
   *
   * @throws TrainingDivergedException when too many steps were skipped, or the loss is out of
   *     bounds
   */
  public void requireSound() {
    long updates = groups.stream().mapToLong(GroupUpdates::updates).sum();
    soundness.require(state.step(), updates);
  }

  /**
   * The adapter to use: the running average if there is one, otherwise what the update rules make
   * of the values. Call this between steps.
   */
  public float[] result() {
    return ema.map(Ema::average).orElseGet(this::used);
  }

  private float[] used() {
    float[] used = state.values().clone();
    for (GroupUpdates group : groups) {
      used = group.used(used);
    }
    return used;
  }

  /** The state that {@link #resume} needs, in new arrays. */
  public OptimizerState export() {
    AdapterState now = state;
    return new OptimizerState(
        now.step(),
        now.values().clone(),
        groups.stream().map(GroupUpdates::export).toList(),
        ema.map(Ema::average),
        scaler.scale(),
        scaler.stepsSinceChange(),
        soundness.skipped());
  }

  private static float[] update(
      List<GroupUpdates> trained, float[] before, float[] gradient, Map<String, Double> rates) {
    float[] after = trained.stream().allMatch(GroupUpdates::isWhole) ? before : before.clone();
    for (GroupUpdates group : trained) {
      UpdateRule.Update update = group.update(before, gradient);
      after = group.put(update.values(), after);
      rates.put(group.name(), update.learningRate());
    }
    return after;
  }

  /** The gradient of the trained groups; all other values are zero. */
  private float[] ofTrained(List<GroupUpdates> trained, float[] gradient) {
    if (trained.size() == groups.size()) {
      return gradient;
    }
    float[] part = new float[gradient.length];
    trained.forEach(group -> group.copy(gradient, part));
    return part;
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
