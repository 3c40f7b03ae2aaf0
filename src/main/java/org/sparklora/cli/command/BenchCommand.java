package org.sparklora.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.sparklora.bench.BenchConfig;
import org.sparklora.bench.BenchReport;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.dataset.CanvasOptions;
import org.sparklora.cli.option.AttentionOptions;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.MasterOption;
import org.sparklora.cli.option.ModelOptions;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.cli.option.Version;
import org.sparklora.cli.training.LoraOptions;
import org.sparklora.cli.training.StepSize;
import org.sparklora.cli.training.TrainingOptions;
import org.sparklora.flag.WholeNumber;
import org.sparklora.train.BatchConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench}: measures training and drawing on this machine. */
@Command(
    name = "bench",
    description = {
      "Measures time and resident memory of preparation, of training steps and their parts, and of"
          + " drawing.",
      "Pictures are made up. If the model folder has only configurations, so are the weights."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    versionProvider = Version.class)
public final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin(name = "Model")
  private ModelOptions model = new ModelOptions();

  @Mixin(name = "Training")
  private TrainingOptions training = new TrainingOptions(TrainingDefaults.TEXT_TO_IMAGE);

  @Mixin(name = "Attention")
  private AttentionOptions attention = new AttentionOptions();

  @Mixin(name = "LoRA")
  private LoraOptions lora = new LoraOptions();

  @Mixin(name = "Measurement")
  private Measurement measurement = new Measurement();

  @Mixin(name = "Spark")
  private MasterOption spark = new MasterOption();

  private final Function<BenchConfig, BenchReport> benchmark;

  public BenchCommand(Function<BenchConfig, BenchReport> benchmark) {
    this.benchmark = benchmark;
  }

  /** The size of the measurement, and the file for it. */
  static final class Measurement {
    @Option(
        names = "--resolution",
        paramLabel = "PIXELS",
        description = "Side of the pictures (default: ${DEFAULT-VALUE}).")
    @WholeNumber(min = 8, max = CanvasOptions.MOST_PIXELS)
    private int resolution = 512;

    @Option(
        names = "--steps",
        paramLabel = "N",
        description =
            "Number of timed training steps, after one that is not timed (default:"
                + " ${DEFAULT-VALUE}).")
    @WholeNumber(min = 1, max = 1_000_000)
    private int steps = 5;

    @Option(
        names = "--pictures",
        paramLabel = "N",
        description = "Pictures to prepare (default: ${DEFAULT-VALUE}).")
    @WholeNumber(min = 1, max = 1_000_000)
    private int pictures = 8;

    @Option(
        names = "--num_inference_steps",
        paramLabel = "N",
        description =
            "Sampling steps of the picture that is drawn; 0 draws none (default:"
                + " ${DEFAULT-VALUE}).")
    @WholeNumber(min = 0, max = 1000)
    private int inferenceSteps = 10;

    @Option(
        names = "--simulated_ms",
        paramLabel = "MILLISECONDS",
        description =
            "Measures a cluster without accelerators: each micro-batch takes this time and uses no"
                + " processor. Samples, exchange, optimizer and checkpoints are real. Prints how"
                + " much of the time workers compute and for what they wait. With 0 they really"
                + " compute (default: ${DEFAULT-VALUE}).")
    @WholeNumber(min = 0, max = 3_600_000)
    private int simulatedMillis = 0;

    @Option(
        names = "--checkpointing_steps",
        paramLabel = "N",
        description = "Steps between checkpoints, with --simulated_ms (default: ${DEFAULT-VALUE}).")
    @WholeNumber(min = 1, max = 1_000_000)
    private int checkpointingSteps = 500;

    @Option(
        names = "--output_file",
        paramLabel = "FILE",
        description = "Writes all measurements as JSON.")
    private Path outputFile;

    Optional<BenchConfig.Simulation> simulation() {
      return simulatedMillis == 0
          ? Optional.empty()
          : Optional.of(new BenchConfig.Simulation(simulatedMillis, checkpointingSteps));
    }
  }

  @Override
  public Integer call() {
    Problems problems = Problems.of(spec);
    BatchConfig batch = training.batch(problems, attention.kernel(problems));
    problems.require(
        measurement.resolution >= 8 && measurement.resolution % 8 == 0,
        "--resolution",
        measurement.resolution,
        "it must be a multiple of 8");
    StepSize.checkLatents(problems, batch, measurement.resolution);
    BenchConfig config =
        new BenchConfig(
            model.config(problems),
            batch,
            lora.config(problems),
            measurement.resolution,
            measurement.steps,
            measurement.pictures,
            measurement.inferenceSteps,
            measurement.simulation(),
            spark.master());
    problems.throwAll();
    BenchReport report = benchmark.apply(config);
    PrintWriter out = spec.commandLine().getOut();
    out.print(report.table());
    out.flush();
    Optional.ofNullable(measurement.outputFile).ifPresent(file -> write(report, file));
    return ExitCode.OK.code();
  }

  private static void write(BenchReport report, Path file) {
    try {
      Files.writeString(file, report.json());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + file + ": " + e.getMessage(), e);
    }
  }
}
