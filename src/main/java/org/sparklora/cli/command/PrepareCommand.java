package org.sparklora.cli.command;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.sparklora.cli.config.ConfigurationOptions;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.dataset.DataOptions;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.MasterOption;
import org.sparklora.cli.option.ModelOptions;
import org.sparklora.cli.option.TextLengthOptions;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.cli.option.Version;
import org.sparklora.data.DataConfig;
import org.sparklora.data.caption.CaptionConfig;
import org.sparklora.flag.WholeNumber;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.spark.prepare.PrepareConfig;
import org.sparklora.train.BatchConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code prepare}: does only what {@code train} does before its first step. */
@Command(
    name = "prepare",
    description = {
      "Encodes captioned pictures into a latent cache. train and other prepare runs with the same"
          + " --latent_cache_dir, model, data and picture settings use it. An interrupted run goes"
          + " on where it was."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    versionProvider = Version.class)
public final class PrepareCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin(name = "Configuration")
  @SuppressWarnings("UnusedVariable") // holds --config, which is read before flags are parsed
  private ConfigurationOptions configuration =
      new ConfigurationOptions(Set.of("train", "dreambooth"));

  @Mixin(name = "Model")
  private ModelOptions model = new ModelOptions();

  @Mixin(name = "Captions")
  private TextLengthOptions length = new TextLengthOptions();

  @Mixin(name = "Data")
  private DataOptions data = new DataOptions(TrainingDefaults.TEXT_TO_IMAGE);

  @Mixin(name = "Computation")
  private Computation computation = new Computation();

  @Mixin(name = "Spark")
  private MasterOption spark = new MasterOption();

  private final Consumer<PrepareConfig> job;

  public PrepareCommand(Consumer<PrepareConfig> job) {
    this.job = job;
  }

  /** Two flags of {@code train} that decide the latents' bits. */
  static final class Computation {
    @Option(
        names = "--seed",
        paramLabel = "SEED",
        description =
            "Seed of random crops and of --max_train_samples (default: ${DEFAULT-VALUE}).")
    @WholeNumber(min = Long.MIN_VALUE, max = Long.MAX_VALUE)
    private long seed;

    @Option(
        names = "--threads_per_worker",
        paramLabel = "N",
        description =
            "Threads of each task (default: ${DEFAULT-VALUE}). The result's bits depend on it.")
    @WholeNumber(min = 1, max = BatchConfig.MOST_THREADS)
    private int threadsPerWorker = 1;
  }

  @Override
  public Integer call() {
    Problems problems = Problems.of(spec);
    ModelConfig modelConfig = model.config(problems).reading(length.pieces(problems));
    DataConfig dataConfig = data.config(problems, computation.seed, CaptionConfig.AS_IS);
    Optional<String> cacheDir = model.cacheDir(problems);
    Optional<String> cache = data.latentCacheDir();
    problems.missing(cache.isEmpty(), "--latent_cache_dir", "the folder to keep latents in");
    problems.throwAll();
    job.accept(
        new PrepareConfig(
            modelConfig,
            dataConfig,
            computation.threadsPerWorker,
            cache.orElseThrow(),
            spark.master(),
            cacheDir));
    return ExitCode.OK.code();
  }
}
