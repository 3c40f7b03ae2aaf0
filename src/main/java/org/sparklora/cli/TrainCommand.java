package org.sparklora.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.sparklora.Redaction;
import org.sparklora.cli.config.ConfigurationOptions;
import org.sparklora.hub.HubConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.spark.Invocation;
import org.sparklora.spark.TrainingConfig;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.PartRates;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** {@code train}: the flags of diffusers' {@code train_text_to_image_lora.py}, and Spark's. */
@Command(
    name = "train",
    description = "Trains a LoRA adapter on captioned pictures.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    versionProvider = Version.class)
final class TrainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin(name = "Configuration")
  private ConfigurationOptions configuration = new ConfigurationOptions();

  @Mixin(name = "Model")
  private ModelOptions model = new ModelOptions();

  @Mixin(name = "Data")
  private DataOptions data = new DataOptions();

  @Mixin(name = "Captions")
  private CaptionOptions captions = new CaptionOptions();

  @Mixin(name = "Training")
  private TrainingOptions training = new TrainingOptions();

  @Mixin(name = "Attention")
  private AttentionOptions attention = new AttentionOptions();

  @Mixin(name = "LoRA")
  private LoraOptions lora = new LoraOptions();

  @Mixin(name = "Text encoder")
  private TextEncoderOptions textEncoder = new TextEncoderOptions();

  @Mixin(name = "Optimizer and learning rate")
  private OptimizerOptions optimizer = new OptimizerOptions();

  @Mixin(name = "Update rule")
  private UpdateRuleOptions rule = new UpdateRuleOptions();

  @Mixin(name = "Average")
  private EmaOptions ema = new EmaOptions();

  @Mixin(name = "Objective")
  private ObjectiveOptions objective = new ObjectiveOptions();

  @Mixin(name = "Noise")
  private NoiseOptions noise = new NoiseOptions();

  @Mixin(name = "Timesteps")
  private TimestepOptions timesteps = new TimestepOptions();

  @Mixin(name = "Checkpoints")
  private CheckpointOptions checkpoints = new CheckpointOptions();

  @Mixin(name = "Validation")
  private ValidationOptions validation = new ValidationOptions();

  @Mixin(name = "Output")
  private OutputOptions output = new OutputOptions();

  @Mixin(name = "Tracking")
  private TrackingOptions tracking = new TrackingOptions();

  @Mixin(name = "Publishing")
  private PublishOptions publishing = new PublishOptions();

  @Mixin(name = "Spark")
  private SparkOptions spark = new SparkOptions();

  private final Consumer<TrainingConfig> job;

  TrainCommand(Consumer<TrainingConfig> job) {
    this.job = job;
  }

  @Override
  public Integer call() {
    job.accept(config());
    return ExitCode.OK.code();
  }

  private TrainingConfig config() {
    Problems problems = Problems.of(configuration);
    Map<String, String> flags = flags();
    refuseUserInfo(flags, problems);
    BatchConfig batch = training.batch(problems, attention.kernel(problems));
    TrainingConfig config =
        new TrainingConfig(
            model.config(problems),
            data.config(problems, batch.seed(), captions.config(problems)),
            batch,
            new Trainables(textEncoder.networks(lora.config(problems)), List.of()),
            new PartRates(textEncoder.learningRate(problems), Map.of(), Optional.empty()),
            objective.config(problems, noise.config(problems), timesteps.config(problems)),
            optimizer.optimizer(problems, batch, rule, ema.config(problems)),
            optimizer.schedule(problems),
            training.length(problems),
            checkpoints.config(problems),
            validation.config(problems),
            tracking.config(problems, output.location(), System.getenv()),
            output.outputDir(problems),
            data.latentCacheDir(),
            spark.master(),
            spark.workerTimeout(problems),
            new HubConfig(model.cacheDir(problems), publishing.config(problems)),
            flags,
            new Invocation(
                spec.root().commandLine().getParseResult().originalArgs(),
                configuration.settingsInEffect()));
    problems.throwAll();
    return config;
  }

  /** Locations are logged and written to model cards and adapters, so none may hold a password. */
  private static void refuseUserInfo(Map<String, String> flags, Problems problems) {
    flags.forEach(
        (flag, value) -> {
          if (Redaction.hasUserInfo(value)) {
            problems.add(
                "Invalid --"
                    + flag
                    + ": "
                    + Redaction.text(value)
                    + " was given with a user or password; set spark.hadoop.fs.s3a.access.key and"
                    + " spark.hadoop.fs.s3a.secret.key, or a credential provider, instead");
          }
        });
  }

  /** The flags as they were given, also in files and settings of Spark, without secrets. */
  private Map<String, String> flags() {
    Map<String, String> flags = new TreeMap<>();
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
      String name = option.names()[0].replaceFirst("^--?", "");
      if (!name.equals("config") && !Redaction.isSecret(name)) {
        List<String> values = option.stringValues();
        flags.put(
            name, option.isMultiValue() ? String.join(",", values) : values.get(values.size() - 1));
      }
    }
    return flags;
  }
}
