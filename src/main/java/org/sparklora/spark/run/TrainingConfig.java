package org.sparklora.spark.run;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.sparklora.data.DataConfig;
import org.sparklora.data.TableConfig;
import org.sparklora.data.image.ImageInterpolation;
import org.sparklora.flag.Flag;
import org.sparklora.flag.WholeNumber;
import org.sparklora.hub.publish.HubConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.pipeline.request.ValidationConfig;
import org.sparklora.report.track.TrackingConfig;
import org.sparklora.spark.reduce.ExchangeConfig;
import org.sparklora.spark.worker.PriorPreservation;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.checkpoint.CheckpointConfig;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.rate.LrSchedule;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.train.step.PartRates;
import org.sparklora.util.InvalidInputException;

/**
 * The settings of a training run.
 *
 * @param prior class images beside the data, of {@code dreambooth}
 * @param descent how the adapter is trained, and for how long
 * @param places where the run reads, writes and computes
 * @param hub {@code --cache_dir}, {@code --push_to_hub}
 * @param invocation command line and flags, for the report and its model card
 * @param onXl other defaults of the command with a base model of SDXL; empty if it has none
 */
public record TrainingConfig(
    ModelConfig model,
    DataConfig data,
    Optional<PriorPreservation> prior,
    BatchConfig batch,
    Trainables trainables,
    Descent descent,
    CheckpointConfig checkpoints,
    ValidationConfig validation,
    TrackingConfig tracking,
    Places places,
    HubConfig hub,
    Invocation invocation,
    Optional<XlDefaults> onXl) {

  /**
   * How the adapter is trained, and for how long.
   *
   * @param rates learning rates of parts of the adapter
   * @param schedule {@code --lr_scheduler} and its numbers
   * @param length {@code --max_train_steps}, {@code --num_train_epochs}
   */
  public record Descent(
      PartRates rates,
      ObjectiveConfig objective,
      OptimizerConfig optimizer,
      LrSchedule schedule,
      Length length) {}

  /**
   * Where a run writes and computes.
   *
   * @param outputDir {@code --output_dir}: a path or a {@code file:}, {@code hdfs:}, {@code s3a:}
   *     URI
   * @param latentCacheDir {@code --latent_cache_dir}; empty for a folder of the output folder
   * @param cacheCaptions {@code --cache_captions}
   * @param master {@code --master}; empty under spark-submit
   * @param workerTimeoutSeconds {@code --worker_timeout}: seconds without a completed step after
   *     which the run gives up
   * @param exchange {@code --exchange}, {@code --exchange_dtype}
   * @param kohya {@code --output_name}
   */
  public record Places(
      String outputDir,
      Optional<String> latentCacheDir,
      boolean cacheCaptions,
      Optional<String> master,
      long workerTimeoutSeconds,
      ExchangeConfig exchange,
      Optional<KohyaCopy> kohya) {}

  /** The length of training: in steps if given, otherwise in epochs. */
  public record Length(
      @Flag(
              names = "--num_train_epochs",
              label = "N",
              help =
                  "Length of training in epochs, if no steps are given (default:"
                      + " ${DEFAULT-VALUE}).")
          @WholeNumber(min = 1, max = 1_000_000_000)
          long numTrainEpochs,
      @Flag(
              names = "--max_train_steps",
              label = "N",
              help = "Number of optimizer steps; overrides --num_train_epochs.")
          @WholeNumber(min = 1, max = MOST_STEPS)
          OptionalLong maxTrainSteps) {
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

  /** The same with other class images. */
  public TrainingConfig with(Optional<PriorPreservation> otherPrior) {
    return with(model, data, otherPrior, trainables, descent, hub);
  }

  /** The same on other data. */
  public TrainingConfig with(DataConfig otherData) {
    return with(model, otherData, prior, trainables, descent, hub);
  }

  /**
   * Returns the same configuration for the copy of a table. Its flags name the table at the version
   * that was read.
   */
  public TrainingConfig onCopy(DataConfig copy, TableConfig read) {
    Map<String, String> flags = new TreeMap<>(invocation.flags());
    if (!read.options().isEmpty()) {
      flags.put("dataset_options", read.optionsText());
    }
    return new TrainingConfig(
        model,
        copy,
        prior,
        batch,
        trainables,
        descent,
        checkpoints,
        validation,
        tracking,
        places,
        hub,
        new Invocation(invocation.arguments(), invocation.settings(), flags),
        onXl);
  }

  /** The same with other defaults on a base model of SDXL. */
  public TrainingConfig with(XlDefaults defaults) {
    return new TrainingConfig(
        model,
        data,
        prior,
        batch,
        trainables,
        descent,
        checkpoints,
        validation,
        tracking,
        places,
        hub,
        invocation,
        Optional.of(defaults));
  }

  /** The same with the defaults for a family of base models. */
  public TrainingConfig on(ModelFamily family) {
    return family == ModelFamily.STABLE_DIFFUSION_XL && onXl.isPresent()
        ? onXl.get().on(this)
        : this;
  }

  /** The same with another filter for resizing pictures. */
  TrainingConfig resizedBy(ImageInterpolation filter) {
    Optional<PriorPreservation> images = prior.map(pictures -> pictures.resizedBy(filter));
    return with(model, data.resizedBy(filter), images, trainables, descent, hub);
  }

  /**
   * The same on the model of another run, as it was found for that one.
   *
   * @param placed the data, in the places that were found
   */
  public TrainingConfig onInputsOf(TrainingConfig run, DataConfig placed) {
    return with(run.model, placed, run.prior, trainables, descent, run.hub);
  }

  /** The same with other trained parts. */
  public TrainingConfig with(
      Trainables others, PartRates otherRates, OptimizerConfig otherOptimizer, Length otherLength) {
    Descent other = new Descent(otherRates, objective(), otherOptimizer, schedule(), otherLength);
    return with(model, data, prior, others, other, hub);
  }

  /** The same with the layers and ranks of the adapter to start from. */
  public TrainingConfig with(Trainables others) {
    return with(model, data, prior, others, descent, hub);
  }

  /** The same with values from the hub: locations of model and data, and the repository's name. */
  public TrainingConfig with(
      ModelConfig otherModel, DataConfig otherData, Optional<String> publishedAs) {
    Optional<PriorPreservation> sized =
        prior.map(images -> images.withDefaultResolution(otherData.resolution()));
    return with(otherModel, otherData, sized, trainables, descent, hub.publishedAs(publishedAs));
  }

  private TrainingConfig with(
      ModelConfig otherModel,
      DataConfig otherData,
      Optional<PriorPreservation> otherPrior,
      Trainables others,
      Descent otherDescent,
      HubConfig otherHub) {
    return new TrainingConfig(
        otherModel,
        otherData,
        otherPrior,
        batch,
        others,
        otherDescent,
        checkpoints,
        validation,
        tracking,
        places,
        otherHub,
        invocation,
        onXl);
  }

  /** The settings for a separate data set of held-out pictures: all of them, resized alike. */
  public DataConfig heldOutData() {
    return data.heldOut(validation.datasetName().orElseThrow());
  }

  /** Whether some pictures only keep the model as it is, so that their loss has its own weight. */
  public boolean weighsPrior() {
    return prior.isPresent() || !data.balances().isEmpty();
  }

  public PartRates rates() {
    return descent.rates();
  }

  public ObjectiveConfig objective() {
    return descent.objective();
  }

  public OptimizerConfig optimizer() {
    return descent.optimizer();
  }

  public LrSchedule schedule() {
    return descent.schedule();
  }

  public Length length() {
    return descent.length();
  }

  public String outputDir() {
    return places.outputDir();
  }

  public Optional<String> latentCacheDir() {
    return places.latentCacheDir();
  }

  public Optional<String> master() {
    return places.master();
  }

  public long workerTimeoutSeconds() {
    return places.workerTimeoutSeconds();
  }

  public ExchangeConfig exchange() {
    return places.exchange();
  }

  public Map<String, String> flags() {
    return invocation.flags();
  }
}
