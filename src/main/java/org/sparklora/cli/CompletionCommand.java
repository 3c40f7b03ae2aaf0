package org.sparklora.cli;

import java.util.concurrent.Callable;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.Version;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code completion}: lets a shell complete commands and flags. */
@Command(
    name = "completion",
    description = {
      "Prints a script that lets bash or zsh complete commands and flags of spark-lora.",
      "Give the jar that name first: alias spark-lora='java -jar /PATH/spark-lora.jar'"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class CompletionCommand implements Callable<Integer> {
  private enum Shell {
    BASH,
    ZSH
  }

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "bash|zsh",
      arity = "0..1",
      description = "The shell. Its start-up file may have: source <(spark-lora completion bash)")
  private String shell = "";

  @Override
  public Integer call() {
    Problems problems = Problems.of(spec);
    problems.missing(shell.isEmpty(), "SHELL", "bash or zsh");
    if (!shell.isEmpty()) {
      problems.choice("SHELL", shell, Shell.values(), Shell.BASH);
    }
    problems.throwAll();
    // The script finds out which of the two shells reads it.
    spec.commandLine()
        .getOut()
        .print(AutoComplete.bash(spec.root().name(), spec.root().commandLine()));
    spec.commandLine().getOut().flush();
    return ExitCode.OK.code();
  }
}
