package org.sparklora.cli.command;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.sparklora.cli.check.HadoopSettings;
import org.sparklora.cli.config.ConfigurationOptions;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.dataset.CanvasOptions;
import org.sparklora.cli.option.AdapterOptions;
import org.sparklora.cli.option.AttentionOptions;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.Fp16Emulation;
import org.sparklora.cli.option.MasterOption;
import org.sparklora.cli.option.ModelOptions;
import org.sparklora.cli.option.PrecisionChoice;
import org.sparklora.cli.option.PromptOptions;
import org.sparklora.cli.option.SamplingOptions;
import org.sparklora.cli.option.Version;
import org.sparklora.cli.target.Location;
import org.sparklora.flag.WholeNumber;
import org.sparklora.pipeline.request.GenerationConfig;
import org.sparklora.spark.generate.GenerationJob;
import org.sparklora.spark.generate.GenerationJobConfig;
import org.sparklora.spark.generate.OneProcess;
import org.sparklora.spark.generate.PromptsConfig;
import org.sparklora.spark.settings.ThreadLimit;
import org.sparklora.train.BatchConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code generate}: text to image and image to image; flags as in diffusers' pipelines. */
@Command(
    name = "generate",
    description = "Draws pictures for prompts with a base model and adapters.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    versionProvider = Version.class)
public final class GenerateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin(name = "Configuration")
  private ConfigurationOptions configuration = new ConfigurationOptions();

  @Mixin(name = "Prompts")
  private PromptOptions prompts = new PromptOptions();

  @Mixin(name = "Model")
  private ModelOptions model = new ModelOptions();

  @Mixin(name = "Adapters")
  private AdapterOptions adapters = new AdapterOptions();

  @Mixin(name = "Sampling")
  private SamplingOptions sampling = new SamplingOptions();

  @Mixin(name = "SDXL")
  private XlOptions xl = new XlOptions();

  @Mixin(name = "Size and initial picture")
  private CanvasOptions canvas = new CanvasOptions();

  @Mixin(name = "Output")
  private Output output = new Output();

  @Mixin(name = "Computation")
  private Computation computation = new Computation();

  @Mixin(name = "Attention")
  private AttentionOptions attention = new AttentionOptions();

  @Mixin(name = "Spark, with --prompts")
  private MasterOption spark = new MasterOption();

  private final boolean draws;
  private final Optional<Consumer<GenerationConfig>> receiver;

  public GenerateCommand() {
    this(true, Optional.empty());
  }

  private GenerateCommand(boolean draws, Optional<Consumer<GenerationConfig>> receiver) {
    this.draws = draws;
    this.receiver = receiver;
  }

  /** A command that checks its flags and draws nothing. */
  public static GenerateCommand checking() {
    return new GenerateCommand(false, Optional.empty());
  }

  /** A command that hands on how to draw, for prompts that the caller has. */
  public static GenerateCommand handing(Consumer<GenerationConfig> receiver) {
    return new GenerateCommand(false, Optional.of(receiver));
  }

  /** The output of pictures. */
  static final class Output {
    @Option(
        names = "--output_dir",
        paramLabel = "FOLDER",
        description =
            "With --prompt numbered PNG files are added to this folder; with --prompts it becomes a"
                + " Parquet table of pictures (default: ${DEFAULT-VALUE}).")
    private String folder = "generated";

    @Option(
        names = "--overwrite",
        arity = "0..1",
        fallbackValue = "true",
        paramLabel = "true|false",
        description = "With --prompts, replace the contents of --output_dir.")
    private boolean overwrite;
  }

  /** The settings of the computation. */
  static final class Computation {
    @Option(
        names = "--mixed_precision",
        paramLabel = "no|bf16|fp16",
        description =
            "Type that the UNet computes in: no, bf16, or fp16 on GPUs (default:"
                + " ${DEFAULT-VALUE}).")
    private String mixedPrecision = "no";

    @Mixin private Fp16Emulation emulation = new Fp16Emulation();

    @Option(
        names = "--threads",
        paramLabel = "N",
        description =
            "Threads on a CPU: of the process or, with --prompts, of each task (default:"
                + " ${DEFAULT-VALUE}).")
    @WholeNumber(min = 1, max = BatchConfig.MOST_THREADS)
    private int threads = 1;

    @Option(
        names = "--batch_size",
        paramLabel = "N",
        description =
            "Pictures drawn at once (default: ${DEFAULT-VALUE}). With more than 1, a picture's last"
                + " bits may depend on the pictures drawn with it.")
    @WholeNumber(min = 1, max = 1024)
    private int batchSize = 1;
  }

  @Override
  public Integer call() {
    Problems problems = Problems.of(spec);
    if (receiver.isPresent()) {
      GenerationConfig config = config(problems);
      problems.throwAll();
      receiver.get().accept(config);
      return ExitCode.OK.code();
    }
    List<String> texts = prompts.prompts(problems);
    Optional<PromptsConfig> table = prompts.table(problems);
    GenerationConfig config = config(problems);
    Optional<String> cacheDir = model.cacheDir(problems);
    problems.missing(output.folder.isBlank(), "--output_dir", "the folder to write to");
    refuseWithoutTable(table.isEmpty(), problems);
    if (table.isEmpty()) {
      ThreadLimit.problem("--threads", config.threads()).ifPresent(problems::add);
    }
    problems.throwAll();
    if (!draws) {
      return ExitCode.OK.code();
    }
    String folder = Location.resolve(output.folder);
    if (table.isPresent()) {
      GenerationJob.run(
          new GenerationJobConfig(
              config, table.get(), folder, output.overwrite, spark.master(), cacheDir));
    } else {
      OneProcess.run(
          config,
          texts,
          prompts.negativePrompt(),
          folder,
          HadoopSettings.load(cacheDir),
          location -> spec.commandLine().getOut().println(Location.shown(location)));
    }
    return ExitCode.OK.code();
  }

  /** Refuses flags that only apply to a table's Spark job. */
  private void refuseWithoutTable(boolean noTable, Problems problems) {
    String why = "it goes with --prompts; --prompt adds numbered files, in this process";
    problems.unsupported(
        noTable && output.overwrite && configuration.isChosen("--overwrite"), "--overwrite", why);
    problems.unsupported(noTable && configuration.isChosen("--master"), "--master", why);
  }

  /** The configuration of the drawing, from the flags alone. */
  GenerationConfig config(Problems problems) {
    return new GenerationConfig(
        model.optional(problems),
        model.variant(),
        adapters.use(problems),
        computation.emulation.of(PrecisionChoice.of(computation.mixedPrecision, problems)),
        computation.threads,
        attention.kernel(problems),
        sampling.config(problems, xl.conditions(problems)),
        canvas.height(problems),
        canvas.width(problems),
        canvas.image(problems),
        prompts.repeats(problems),
        computation.batchSize);
  }
}
