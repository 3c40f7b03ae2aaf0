package org.sparklora.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.sparklora.hub.HubPublisher;
import org.sparklora.hub.PublishConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code push}: publishes what a run has written, later or again. */
@Command(
    name = "push",
    description = {
      "Publishes a run's output folder as a model of the Hugging Face Hub, in one commit.",
      "Checkpoints and latents are left out, and what is there already is not sent again."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Version.class)
final class PushCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "OUTPUT_DIR",
      arity = "0..1",
      description = "The folder that train or convert has written: a path or a URI.")
  private String folder = "";

  @Mixin private HubTargetOptions target = new HubTargetOptions();

  @Option(
      names = "--commit_message",
      paramLabel = "TEXT",
      description = "The commit's first line (default: ${DEFAULT-VALUE}).")
  private String message = "Adapter trained with spark-lora";

  @Override
  public Integer call() {
    Problems problems = Problems.of(spec);
    problems.missing(folder.isEmpty(), "OUTPUT_DIR", "the folder to publish");
    PublishConfig config = target.config(problems);
    problems.require(!message.isBlank(), "--commit_message", message, "it must say something");
    problems.throwAll();
    String page =
        HubPublisher.open(config, Location.resolve(folder), HadoopSettings.load(Optional.empty()))
            .publish(message);
    spec.commandLine().getOut().println(page);
    return ExitCode.OK.code();
  }
}
