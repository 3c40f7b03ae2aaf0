package org.sparklora.spark.tune;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.order.HeldOutBatches;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.spark.prepare.PrepareResult;
import org.sparklora.spark.run.Recipe;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.TrainingData;
import org.sparklora.spark.run.TrainingOutput;
import org.sparklora.spark.subjects.Subject;
import org.sparklora.spark.subjects.SubjectTraining;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.step.GroupPlan;

/** Makes the plans of a sweep's trials, once their data is encoded. */
public final class TrialPlans {
  private final Map<String, TrialData> encoded;
  private final TrainingOutput output;
  private final Configuration hadoop;
  private final List<Object> kinds = new ArrayList<>();

  /** Makes the factory of a trial's workers. */
  public interface Factories {
    AdapterWorkerFactory of(TrainingConfig config, TrainingData data) throws IOException;
  }

  /**
   * @param encoded data by the trials' names
   * @param output of the sweep
   */
  TrialPlans(Map<String, TrialData> encoded, TrainingOutput output, Configuration hadoop) {
    this.encoded = new TreeMap<>(encoded);
    this.output = output;
    this.hadoop = hadoop;
  }

  /** The plans by the trials' names. */
  Map<String, TrialPlan> of(List<Trial> trials, Factories factories) throws IOException {
    Map<String, TrialPlan> plans = new TreeMap<>();
    for (Trial trial : trials) {
      TrialData data = encoded.get(trial.name());
      plans.put(trial.name(), of(trial, data, factories.of(trial.config(), data.encoded())));
    }
    return plans;
  }

  private TrialPlan of(Trial trial, TrialData data, AdapterWorkerFactory factory)
      throws IOException {
    TrainingConfig config = trial.config();
    BatchConfig batch = config.batch();
    HeldOutBatches batches =
        data.heldOut()
            .batches(
                batch.seed(),
                data.heldOutSizes(),
                data.encoded().latents().appearances(),
                batch.trainBatchSize());
    long perStep = (long) batch.microBatches() * batch.trainBatchSize();
    long epochSlots =
        factory
            .order(trainingSizes(config, data), data.encoded().latents().appearances())
            .epochSlots();
    long steps = config.length().steps(epochSlots, perStep);
    return new TrialPlan(
        subject(trial, data, steps),
        SubjectTraining.of(factory, config),
        kind(config, factory.encodedCaptions()),
        new TrialPlan.HeldOutCount(
            new Path(data.heldOut().cache()).getName(), batches.count(), batches.samples()),
        TrialPlan.Clock.of(config.validation().every(), epochSlots, perStep));
  }

  private Subject subject(Trial trial, TrialData data, long steps) {
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
                new Path(data.encoded().latents().location()).getName(),
                Optional.empty(),
                learningRate)),
        own.card(trial.name(), folder.toString(), false, data.leftOut()).text(),
        List.of());
  }

  private static long[] trainingSizes(TrainingConfig config, TrialData data) {
    PrepareResult latents = data.encoded().latents();
    long[] sizes = latents.sizes();
    double split = data.heldOut().split();
    return split > 0
        ? latents.appearances().split(config.batch().seed(), sizes, split).trainingSizes()
        : sizes;
  }

  /** Workers differ by all that a loaded model depends on. */
  private int kind(TrainingConfig config, List<String> encodedCaptions) {
    List<Object> worker =
        List.of(config.trainables(), config.batch(), config.objective(), encodedCaptions);
    if (!kinds.contains(worker)) {
      kinds.add(worker);
    }
    return kinds.indexOf(worker);
  }
}
