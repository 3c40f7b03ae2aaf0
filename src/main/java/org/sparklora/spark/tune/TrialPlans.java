package org.sparklora.spark.tune;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.cache.CacheManifest;
import org.sparklora.data.order.HeldOutBatches;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.spark.run.Recipe;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.TrainingData;
import org.sparklora.spark.run.TrainingOutput;
import org.sparklora.spark.subjects.Subject;
import org.sparklora.spark.subjects.SubjectTraining;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.spark.worker.HeldOut;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.step.GroupPlan;

/** Makes the plans of a sweep's trials, once the data is encoded. */
public final class TrialPlans {
  private final TrainingData data;
  private final TrainingOutput output;
  private final List<String> leftOut;
  private final Configuration hadoop;
  private final long[] heldOutSizes;
  private final List<Object> kinds = new ArrayList<>();

  /** Makes the factory of a trial's workers. */
  public interface Factories {
    AdapterWorkerFactory of(TrainingConfig config) throws IOException;
  }

  /**
   * @param output of the sweep
   * @param leftOut what of the data set is not trained on
   */
  public TrialPlans(
      TrainingData data, TrainingOutput output, List<String> leftOut, Configuration hadoop) {
    this.data = data;
    this.output = output;
    this.leftOut = leftOut;
    this.hadoop = hadoop;
    this.heldOutSizes =
        CacheManifest.read(heldOut().cache(), hadoop)
            .map(CacheManifest::sizes)
            .orElseThrow(() -> new IllegalStateException("No latents in " + heldOut().cache()));
  }

  /** The plans by the trials' names. */
  Map<String, TrialPlan> of(List<Trial> trials, Factories factories) throws IOException {
    Map<String, TrialPlan> plans = new TreeMap<>();
    for (Trial trial : trials) {
      plans.put(trial.name(), of(trial, factories.of(trial.config())));
    }
    return plans;
  }

  private TrialPlan of(Trial trial, AdapterWorkerFactory factory) throws IOException {
    TrainingConfig config = trial.config();
    BatchConfig batch = config.batch();
    HeldOutBatches batches =
        heldOut()
            .batches(
                batch.seed(), heldOutSizes, data.latents().appearances(), batch.trainBatchSize());
    long perStep = (long) batch.microBatches() * batch.trainBatchSize();
    long epochSlots =
        factory.order(trainingSizes(config), data.latents().appearances()).epochSlots();
    long steps = config.length().steps(epochSlots, perStep);
    return new TrialPlan(
        subject(trial, steps),
        SubjectTraining.of(factory, config),
        kind(config),
        new TrialPlan.HeldOutCount(
            new Path(heldOut().cache()).getName(), batches.count(), batches.samples()),
        TrialPlan.Clock.of(config.validation().every(), epochSlots, perStep));
  }

  private Subject subject(Trial trial, long steps) {
    TrainingConfig config = trial.config();
    AdapterLayout layout =
        AdapterWorkerFactory.layout(config.model().open(hadoop), config.trainables());
    LearningRateConfig learningRate = config.schedule().over(steps);
    TrainingOutput own =
        new TrainingOutput(config, layout, output.baseModel(), hadoop, output.lease());
    Path folder = new Path(output.folder(), trial.name());
    return new Subject(
        trial.name(),
        folder.toString(),
        List.of(),
        steps,
        new GroupPlan(config.rates(), config.optimizer().learningRate(), learningRate)
            .groups(layout),
        new TreeMap<>(
            Recipe.of(
                config,
                output.baseModel(),
                new Path(data.latents().location()).getName(),
                Optional.empty(),
                learningRate)),
        own.card(trial.name(), folder.toString(), false, leftOut).text(),
        List.of());
  }

  private HeldOut heldOut() {
    return data.heldOut().get(0);
  }

  private long[] trainingSizes(TrainingConfig config) {
    long[] sizes = data.latents().sizes();
    return heldOut().split() > 0
        ? data.latents()
            .appearances()
            .split(config.batch().seed(), sizes, heldOut().split())
            .trainingSizes()
        : sizes;
  }

  /** Workers differ by all that a loaded model depends on. */
  private int kind(TrainingConfig config) {
    List<Object> worker = List.of(config.trainables(), config.batch(), config.objective());
    if (!kinds.contains(worker)) {
      kinds.add(worker);
    }
    return kinds.indexOf(worker);
  }
}
