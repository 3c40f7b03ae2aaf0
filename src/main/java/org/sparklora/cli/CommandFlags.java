package org.sparklora.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.sparklora.cli.check.Numbers;
import org.sparklora.cli.command.GenerateCommand;
import org.sparklora.cli.config.FlagChecks;
import org.sparklora.pipeline.request.GenerationConfig;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.Redaction;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The flags of a command, for a caller that has values instead of a command line. Names, helps,
 * defaults, checks and messages are those of the command line, because the same parser reads them.
 *
 * @param <C> the configuration that the command makes of its flags
 */
public final class CommandFlags<C> {
  private final String command;
  private final Function<AtomicReference<C>, CommandLine> commands;
  private final Set<String> leftOut;

  /** A command line that is used only to check flags. Its command is never run. */
  private final CommandLine checker;

  private CommandFlags(
      String command, Function<AtomicReference<C>, CommandLine> commands, Set<String> leftOut) {
    this.command = command;
    this.commands = commands;
    this.leftOut = leftOut;
    this.checker = commands.apply(new AtomicReference<>());
  }

  /**
   * A flag.
   *
   * @param names without dashes, the flag's own name first
   * @param usual the default; empty where there is none
   */
  public record One(List<String> names, String help, Optional<Object> usual) {
    public String name() {
      return names.get(0);
    }
  }

  /**
   * Returns the flags of {@code train} except {@code --master}, because the caller's Spark is used.
   */
  public static CommandFlags<TrainingConfig> ofTrain() {
    return new CommandFlags<>(
        "train",
        made ->
            Application.commandLine(
                made::set,
                config -> {},
                new PrintWriter(Writer.nullWriter()),
                new PrintWriter(Writer.nullWriter())),
        Set.of("master"));
  }

  /** The flags of {@code generate} that say how pictures are drawn. */
  public static CommandFlags<GenerationConfig> ofGenerate() {
    return new CommandFlags<>(
        "generate",
        made -> {
          CommandLine commands = new CommandLine(CommandSpec.create());
          commands.addSubcommand(GenerateCommand.handing(made::set));
          Numbers.register(commands);
          commands.getSubcommands().get("generate").getCommandSpec().parser().collectErrors(true);
          return commands.setOverwrittenOptionsAllowed(true).setExpandAtFiles(false);
        },
        Set.of(
            "master",
            "prompt",
            "prompts",
            "prompts_format",
            "on_bad_prompt",
            "output_dir",
            "overwrite"));
  }

  /** The flags. Secrets are not among them: they come from the environment. */
  public List<One> all() {
    return spec(checker).options().stream()
        .filter(option -> option.longestName().startsWith("--") && !option.hidden())
        .filter(option -> !option.usageHelp() && !option.versionHelp())
        .filter(option -> !Redaction.isSecret(option.names()[0]))
        .map(CommandFlags::one)
        .filter(one -> !leftOut.contains(one.name()))
        .toList();
  }

  private static One one(OptionSpec option) {
    Object usual = option.initialValue();
    return new One(
        Stream.of(option.names())
            .filter(name -> name.startsWith("--"))
            .map(name -> name.substring(2))
            .toList(),
        String.join(" ", option.description()).replace("${DEFAULT-VALUE}", String.valueOf(usual)),
        usual instanceof Number || usual instanceof Boolean || usual instanceof String
            ? Optional.of(usual).filter(value -> !value.equals(""))
            : Optional.empty());
  }

  /**
   * Checks a flag by itself: its name, and the type and range of its value.
   *
   * @throws InvalidInputException (CONFIGURATION) with the command line's message
   */
  public void check(String name, Object value) {
    List<String> problems;
    synchronized (checker) {
      checker.parseArgs(arguments(Map.of(name, value)));
      problems = FlagChecks.problems(spec(checker));
    }
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.CONFIGURATION, problems);
    }
  }

  /**
   * The configuration that the command makes of these flags.
   *
   * @param values by name; a list or a map is a flag that is given several times
   * @throws InvalidInputException (CONFIGURATION) with every problem, as the command line says it
   */
  public C config(Map<String, Object> values) {
    AtomicReference<C> made = new AtomicReference<>();
    CommandLine parsed = commands.apply(made);
    parsed.parseArgs(arguments(values));
    try {
      Callable<?> called = (Callable<?>) spec(parsed).userObject();
      called.call();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return made.get();
  }

  private CommandSpec spec(CommandLine root) {
    return root.getSubcommands().get(command).getCommandSpec();
  }

  private String[] arguments(Map<String, Object> values) {
    List<String> arguments = new ArrayList<>(List.of(command));
    values.forEach(
        (name, value) -> {
          several(value).forEach(one -> arguments.add("--" + name + "=" + one));
        });
    return arguments.toArray(String[]::new);
  }

  private static Collection<?> several(Object value) {
    if (value instanceof Map<?, ?> pairs) {
      return pairs.entrySet().stream().map(pair -> pair.getKey() + "=" + pair.getValue()).toList();
    }
    return value instanceof Collection<?> all ? all : List.of(value);
  }
}
