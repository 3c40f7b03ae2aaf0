package org.sparklora.spark.run;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.sparklora.data.DataConfig;
import org.sparklora.hub.publish.HubConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.pipeline.ValidationConfig;
import org.sparklora.report.track.TrackingConfig;
import org.sparklora.spark.worker.PriorPreservation;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.checkpoint.CheckpointConfig;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.step.LearningRateConfig;
import org.sparklora.train.step.LrScheduler;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.train.step.PartRates;
import org.sparklora.util.InvalidInputException;

/**
 * Everything a training run is told.
 *
 * @param prior class images beside the data, of {@code dreambooth}
 * @param rates learning rates of parts of the adapter
 * @param schedule {@code --lr_scheduler} and its numbers
 * @param length {@code --max_train_steps}, {@code --num_train_epochs}
 * @param outputDir {@code --output_dir}: a path or a {@code file:}, {@code hdfs:}, {@code s3a:} URI
 * @param latentCacheDir {@code --latent_cache_dir}; empty for a folder of the output folder
 * @param master {@code --master}; empty under spark-submit
 * @param workerTimeoutSeconds {@code --worker_timeout}: without a completed step for so long, the
 *     run is given up
 * @param hub {@code --cache_dir}, {@code --push_to_hub}
 * @param flags the flags as given, without secrets, for the model card
 * @param invocation how the run was asked for, for its report
 */
public record TrainingConfig(
    ModelConfig model,
    DataConfig data,
    Optional<PriorPreservation> prior,
    BatchConfig batch,
    Trainables trainables,
    PartRates rates,
    ObjectiveConfig objective,
    OptimizerConfig optimizer,
    Schedule schedule,
    Length length,
    CheckpointConfig checkpoints,
    ValidationConfig validation,
    TrackingConfig tracking,
    String outputDir,
    Optional<String> latentCacheDir,
    Optional<String> master,
    long workerTimeoutSeconds,
    HubConfig hub,
    Map<String, String> flags,
    Invocation invocation) {

  /** A learning-rate schedule before the number of steps is known. */
  public record Schedule(LrScheduler scheduler, long warmupSteps, int numCycles, double power) {
    public LearningRateConfig over(long maxTrainSteps) {
      return new LearningRateConfig(scheduler, warmupSteps, maxTrainSteps, numCycles, power);
    }
  }

  /** How long to train: by steps where given, else by epochs. */
  public record Length(OptionalLong maxTrainSteps, long numTrainEpochs) {
    private static final long MOST_STEPS = 1_000_000_000;

    /**
     * Number of optimizer steps.
     *
     * @param samples of an epoch
     * @param samplesPerStep over all micro-batches
     */
    public long steps(long samples, long samplesPerStep) {
      long perEpoch = Math.max(1, (samples + samplesPerStep - 1) / samplesPerStep);
      if (maxTrainSteps.isPresent()) {
        return maxTrainSteps.getAsLong();
      }
      if (perEpoch > MOST_STEPS / numTrainEpochs) {
        throw InvalidInputException.configuration(
            "Invalid --num_train_epochs: "
                + numTrainEpochs
                + "; with "
                + perEpoch
                + " steps an epoch the run would have more than "
                + MOST_STEPS
                + " steps");
      }
      return perEpoch * numTrainEpochs;
    }
  }

  public TrainingConfig {
    flags = new TreeMap<>(flags);
  }

  /** The same with class images beside the data. */
  public TrainingConfig with(Optional<PriorPreservation> otherPrior) {
    return with(model, data, otherPrior, hub);
  }

  /** The same on other data. */
  public TrainingConfig with(DataConfig otherData) {
    return with(model, otherData, prior, hub);
  }

  /** The same for something else to train. */
  public TrainingConfig with(
      Trainables others, PartRates otherRates, OptimizerConfig otherOptimizer, Length otherLength) {
    return new TrainingConfig(
        model,
        data,
        prior,
        batch,
        others,
        otherRates,
        objective,
        otherOptimizer,
        schedule,
        otherLength,
        checkpoints,
        validation,
        tracking,
        outputDir,
        latentCacheDir,
        master,
        workerTimeoutSeconds,
        hub,
        flags,
        invocation);
  }

  /** The same with what the hub has told: places of the model and the data, the name there. */
  public TrainingConfig with(
      ModelConfig otherModel, DataConfig otherData, Optional<String> publishedAs) {
    return with(otherModel, otherData, prior, hub.publishedAs(publishedAs));
  }

  private TrainingConfig with(
      ModelConfig otherModel,
      DataConfig otherData,
      Optional<PriorPreservation> otherPrior,
      HubConfig otherHub) {
    return new TrainingConfig(
        otherModel,
        otherData,
        otherPrior,
        batch,
        trainables,
        rates,
        objective,
        optimizer,
        schedule,
        length,
        checkpoints,
        validation,
        tracking,
        outputDir,
        latentCacheDir,
        master,
        workerTimeoutSeconds,
        otherHub,
        flags,
        invocation);
  }
}
