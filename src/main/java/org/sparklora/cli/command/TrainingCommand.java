package org.sparklora.cli.command;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.sparklora.cli.config.ConfigurationOptions;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.dataset.CaptionOptions;
import org.sparklora.cli.dataset.DataOptions;
import org.sparklora.cli.option.AttentionOptions;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.cli.option.ModelOptions;
import org.sparklora.cli.option.SparkOptions;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.cli.option.Version;
import org.sparklora.cli.training.CheckpointOptions;
import org.sparklora.cli.training.EmaOptions;
import org.sparklora.cli.training.NoiseOptions;
import org.sparklora.cli.training.ObjectiveOptions;
import org.sparklora.cli.training.OptimizerOptions;
import org.sparklora.cli.training.OutputOptions;
import org.sparklora.cli.training.PublishOptions;
import org.sparklora.cli.training.StepSize;
import org.sparklora.cli.training.TimestepOptions;
import org.sparklora.cli.training.TrackingOptions;
import org.sparklora.cli.training.TrainingOptions;
import org.sparklora.cli.training.UpdateRuleOptions;
import org.sparklora.cli.training.ValidationOptions;
import org.sparklora.hub.publish.HubConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.spark.run.Invocation;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.train.BatchConfig;
import org.sparklora.util.Redaction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/**
 * The common part of the commands that train: the flags of diffusers' training scripts and of
 * Spark, and the configuration that is made from them.
 */
@Command(
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    versionProvider = Version.class)
abstract class TrainingCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin(name = "Configuration")
  private ConfigurationOptions configuration = new ConfigurationOptions();

  @Mixin(name = "Model")
  private ModelOptions model = new ModelOptions();

  @Mixin(name = "Data")
  private DataOptions data;

  @Mixin(name = "Captions")
  private CaptionOptions captions = new CaptionOptions();

  @Mixin(name = "Training")
  private TrainingOptions training;

  @Mixin(name = "Attention")
  private AttentionOptions attention = new AttentionOptions();

  @Mixin(name = "Optimizer and learning rate")
  private OptimizerOptions optimizer;

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
  private ValidationOptions validation;

  @Mixin(name = "Output")
  private OutputOptions output;

  @Mixin(name = "Tracking")
  private TrackingOptions tracking = new TrackingOptions();

  @Mixin(name = "Publishing")
  private PublishOptions publishing = new PublishOptions();

  @Mixin(name = "Spark")
  private SparkOptions spark = new SparkOptions();

  private final Consumer<TrainingConfig> job;

  TrainingCommand(TrainingDefaults defaults, Consumer<TrainingConfig> job) {
    this.job = job;
    this.data = new DataOptions(defaults);
    this.training = new TrainingOptions(defaults);
    this.optimizer = new OptimizerOptions(defaults);
    this.validation = new ValidationOptions(defaults);
    this.output = new OutputOptions(defaults);
  }

  /**
   * Completes the configuration with the command's own flags, above all with what is trained.
   *
   * @param common configuration from the common flags; it trains nothing yet
   */
  abstract TrainingConfig complete(Problems problems, TrainingConfig common);

  @Override
  public Integer call() {
    job.accept(config());
    return ExitCode.OK.code();
  }

  /** The configuration that the flags make, once all are checked. */
  final TrainingConfig config() {
    Problems problems = Problems.of(spec);
    Map<String, String> flags = flags();
    refuseUserInfo(flags, problems);
    BatchConfig batch = training.batch(problems, attention.kernel(problems));
    TrainingConfig config =
        new TrainingConfig(
            model.config(problems).reading(captions.pieces(problems)),
            data.config(problems, batch.seed(), captions.config(problems)),
            Optional.empty(),
            batch,
            new Trainables(Map.of(), List.of()),
            new TrainingConfig.Descent(
                optimizer.rates(problems),
                objective.config(problems, noise.config(problems), timesteps.config(problems)),
                optimizer.optimizer(problems, batch, rule, ema.config(problems)),
                optimizer.schedule(problems),
                training.length(problems)),
            checkpoints.config(problems),
            validation.config(problems),
            tracking.config(problems, output.location(), System.getenv()),
            new TrainingConfig.Places(
                output.outputDir(problems),
                data.latentCacheDir(),
                training.cacheCaptions(),
                spark.master(),
                spark.workerTimeout(),
                spark.exchange(problems),
                output.kohya(problems)),
            new HubConfig(model.cacheDir(problems), publishing.config(problems)),
            new Invocation(
                spec.root().commandLine().getParseResult().originalArgs(),
                configuration.settingsInEffect(),
                flags),
            Optional.empty());
    StepSize.checkLatents(problems, batch, config.data().largestResolution());
    StepSize.checkPictures(
        problems,
        config.validation().prompts().size(),
        config.validation().images(),
        config.validation().longestSide(config.data().largestResolution()));
    TrainingConfig completed = complete(problems, config);
    problems.throwAll();
    if (completed.objective().loss().priorWeight() != 1 && !completed.weighsPrior()) {
      FlagLog.noEffect(
          List.of("--prior_loss_weight"),
          "without --with_prior_preservation of dreambooth, or is_reg of --data_sets");
    }
    return completed;
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
