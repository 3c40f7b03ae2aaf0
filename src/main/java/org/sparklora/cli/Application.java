package org.sparklora.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;
import org.sparklora.bench.Benchmark;
import org.sparklora.cli.check.Numbers;
import org.sparklora.cli.command.BenchCommand;
import org.sparklora.cli.command.ConfigCommand;
import org.sparklora.cli.command.ConvertCommand;
import org.sparklora.cli.command.DreamBoothCommand;
import org.sparklora.cli.command.GenerateCommand;
import org.sparklora.cli.command.InspectCommand;
import org.sparklora.cli.command.MergeCommand;
import org.sparklora.cli.command.PivotalTuningCommand;
import org.sparklora.cli.command.PrepareCommand;
import org.sparklora.cli.command.PushCommand;
import org.sparklora.cli.command.TextualInversionCommand;
import org.sparklora.cli.command.TrainCommand;
import org.sparklora.cli.command.TuneCommand;
import org.sparklora.cli.command.VerifyCommand;
import org.sparklora.cli.config.ArgumentProblem;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.Version;
import org.sparklora.hub.publish.PublishException;
import org.sparklora.spark.PrepareRun;
import org.sparklora.spark.TrainingJob;
import org.sparklora.spark.failure.WorkersLostException;
import org.sparklora.spark.prepare.PrepareConfig;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.spark.settings.ToldToEnd;
import org.sparklora.store.DiskErrors;
import org.sparklora.util.FirstCause;
import org.sparklora.util.InvalidInputException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The commands, and how their failures end the process. */
@Command(
    name = "spark-lora",
    description = "Fine-tunes Stable Diffusion with LoRA as an Apache Spark job.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class Application implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private Application() {}

  /** Handles a call without a command: lists the commands, and says that one is missing. */
  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    spec.commandLine().usage(err);
    err.println("error: Missing COMMAND: one of those above");
    return ExitCode.CONFIGURATION.code();
  }

  public static int run(PrintWriter out, PrintWriter err, String... args) {
    return commandLine(
            // Lambdas, because method references would load Spark's classes, which help does not
            // need.
            config -> TrainingJob.run(config),
            config -> PrepareRun.run(config),
            out,
            err)
        .execute(args);
  }

  /**
   * The commands.
   *
   * @param training gets a valid configuration from the commands that train
   * @param preparation the same for {@code prepare}
   */
  public static CommandLine commandLine(
      Consumer<TrainingConfig> training,
      Consumer<PrepareConfig> preparation,
      PrintWriter out,
      PrintWriter err) {
    CommandLine commands =
        new CommandLine(new Application())
            .addSubcommand(new TrainCommand(training))
            .addSubcommand(new DreamBoothCommand(training))
            .addSubcommand(new TextualInversionCommand(training))
            .addSubcommand(new PivotalTuningCommand(training))
            .addSubcommand(new TuneCommand((config, sweep) -> TrainingJob.run(config, sweep)))
            .addSubcommand(new PrepareCommand(preparation))
            .addSubcommand(new GenerateCommand())
            .addSubcommand(new ConvertCommand())
            .addSubcommand(new MergeCommand())
            .addSubcommand(new InspectCommand())
            .addSubcommand(new VerifyCommand())
            .addSubcommand(new PushCommand())
            .addSubcommand(new BenchCommand(config -> Benchmark.run(config)))
            .addSubcommand(
                ConfigCommand.of(
                    new TrainCommand(config -> TrainingJob.checkSettings(config)),
                    new DreamBoothCommand(config -> TrainingJob.checkSettings(config)),
                    new TextualInversionCommand(config -> TrainingJob.checkSettings(config)),
                    new PivotalTuningCommand(config -> TrainingJob.checkSettings(config)),
                    new TuneCommand((config, sweep) -> TrainingJob.checkSettings(config)),
                    new PrepareCommand(config -> SparkSettings.of(config.master())),
                    GenerateCommand.checking()))
            .addSubcommand(new CompletionCommand())
            .addSubcommand(new CommandLine.HelpCommand());
    for (CommandLine owner : List.of(commands, commands.getSubcommands().get("config"))) {
      ImportantFlags.byCommand()
          .forEach(
              (name, options) ->
                  Optional.ofNullable(owner.getSubcommands().get(name))
                      .ifPresent(
                          command -> {
                            command.getCommandSpec().usageMessage().requiredOptionMarker('*');
                            command
                                .getHelpSectionMap()
                                .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, options);
                          }));
    }
    HelpPages.addTo(commands);
    Numbers.register(commands);
    for (CommandLine command : leaves(commands)) {
      command.getCommandSpec().parser().collectErrors(true);
    }
    return commands
        .setOut(out)
        .setErr(err)
        .setUsageHelpWidth(100)
        .setOverwrittenOptionsAllowed(true)
        // A prompt may begin with @; and @FILE would read whatever it names, pipes included.
        .setExpandAtFiles(false)
        .setExecutionStrategy(Application::execute)
        .setParameterExceptionHandler(Application::misspelt)
        .setExecutionExceptionHandler(Application::failed);
  }

  /** The commands that do work. They report all problems together. */
  private static List<CommandLine> leaves(CommandLine command) {
    return command.getSubcommands().isEmpty()
        ? List.of(command)
        : command.getSubcommands().values().stream().flatMap(c -> leaves(c).stream()).toList();
  }

  /** Runs a command. A disk failure is reported like any other failure. */
  private static int execute(ParseResult parsed) {
    try {
      return DiskErrors.asExceptions(() -> ConfigCommand.execute(parsed));
    } catch (IOException e) {
      throw new ExecutionException(parsed.commandSpec().commandLine(), e.getMessage(), e);
    }
  }

  private static ExitCode code(Exception e) {
    if (e instanceof PublishException) {
      return ExitCode.PUBLISHING;
    }
    return e instanceof WorkersLostException ? ExitCode.RESOURCES : ExitCode.FAILED;
  }

  private static int misspelt(ParameterException e, String[] args) {
    PrintWriter err = e.getCommandLine().getErr();
    ArgumentProblem.of(e).forEach(problem -> err.println(ErrorLine.of(problem)));
    err.println("See " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
    return ExitCode.CONFIGURATION.code();
  }

  private static int failed(Exception e, CommandLine command, ParseResult parsed) {
    boolean withSpark = !EmbeddedLaunch.isNeeded();
    if (withSpark) {
      ToldToEnd.awaitEnd(); // a failure during shutdown is a consequence of it
    }
    PrintWriter err = command.getErr();
    Optional<InvalidInputException> invalid =
        e instanceof PublishException
            ? Optional.empty()
            : InvalidInputException.within(e).or(() -> ProcessEncoding.explain(e));
    if (invalid.isPresent()) {
      invalid.get().problems().forEach(p -> err.println(ErrorLine.of(p)));
      return ExitCode.of(invalid.get().kind()).code();
    }
    err.println(ErrorLine.of(FirstCause.of(e)));
    if (withSpark) {
      LoggerFactory.getLogger(Application.class).debug("Where it failed", e);
    }
    return code(e).code();
  }
}
