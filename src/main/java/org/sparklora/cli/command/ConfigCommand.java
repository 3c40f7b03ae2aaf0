package org.sparklora.cli.command;

import java.io.PrintWriter;
import java.util.List;
import org.sparklora.cli.config.ConfigurationOptions;
import org.sparklora.cli.config.PrintingOptions;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.Version;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code config}: prints the values that a command would use, each with its origin. Its subcommands
 * are the commands themselves, which here only check their flags.
 */
@Command(
    name = "config",
    description = {
      "Prints the values that a command would use and where each comes from: a flag, a line of a"
          + " configuration file, a setting of Spark, or the default. Then checks them as the"
          + " command does before it looks at model and data."
    },
    synopsisSubcommandLabel = "train|dreambooth|tune|prepare|generate|from-kohya",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class ConfigCommand {
  private static final String PRINTING = "Printing";

  private ConfigCommand() {}

  /**
   * The command.
   *
   * @param commands that take a configuration; these instances check it and do nothing else
   */
  public static CommandLine of(Object... commands) {
    CommandLine config = new CommandLine(new ConfigCommand());
    config.addSubcommand(new FromKohyaCommand());
    for (Object command : commands) {
      CommandLine shown = new CommandLine(command);
      shown
          .getCommandSpec()
          .addMixin(PRINTING, CommandSpec.forAnnotatedObject(new PrintingOptions()));
      config.addSubcommand(shown.setCaseInsensitiveEnumValuesAllowed(true));
    }
    return config;
  }

  /** Runs the parsed command. For a subcommand of {@code config}, the values are printed first. */
  public static int execute(ParseResult parsed) {
    List<CommandLine> called = parsed.asCommandLineList();
    CommandLine command = called.get(called.size() - 1);
    CommandSpec spec = command.getCommandSpec();
    ParseResult own = command.getParseResult();
    if (!own.isUsageHelpRequested()
        && !own.isVersionHelpRequested()
        && spec.mixins().containsKey(PRINTING)) {
      PrintingOptions printing = (PrintingOptions) spec.mixins().get(PRINTING).userObject();
      ConfigurationOptions configuration = ConfigurationOptions.of(spec).orElseThrow();
      PrintWriter out = command.getOut();
      if (printing.defaults()) {
        out.print(configuration.defaultsPage());
        out.flush();
        return ExitCode.OK.code();
      }
      out.print(configuration.text(printing.format()));
      out.flush();
    }
    return new CommandLine.RunLast().execute(parsed);
  }
}
