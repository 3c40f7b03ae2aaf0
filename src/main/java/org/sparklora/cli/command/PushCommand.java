package org.sparklora.cli.command;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.cli.check.HadoopSettings;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.HubTargetOptions;
import org.sparklora.cli.option.Version;
import org.sparklora.cli.target.AdapterText;
import org.sparklora.cli.target.Location;
import org.sparklora.hub.publish.HubPublisher;
import org.sparklora.hub.publish.PublishConfig;
import org.sparklora.hub.publish.UploadPlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code push}: publishes the results of an earlier run, for the first time or again. */
@Command(
    name = "push",
    description = {
      "Publishes a run's output folder as a model of the Hugging Face Hub, in one commit.",
      "Checkpoints and latents are left out. Files that are there already are not sent again."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Version.class)
public final class PushCommand implements Callable<Integer> {
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

  @Option(
      names = {"--dry-run", "--dry_run"},
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Print what would be published, and where. The folder, the repository's name and, if"
              + " there is one, the token are checked; nothing is written to the hub.")
  private boolean dryRun;

  @Override
  public Integer call() {
    Problems problems = Problems.of(spec);
    problems.missing(folder.isEmpty(), "OUTPUT_DIR", "the folder to publish");
    PublishConfig config = target.config(problems);
    problems.require(!message.isBlank(), "--commit_message", message, "it must say something");
    problems.throwAll();
    String location = Location.resolve(folder);
    Configuration hadoop = HadoopSettings.load(Optional.empty());
    PrintWriter out = spec.commandLine().getOut();
    if (dryRun) {
      print(HubPublisher.plan(config, location, hadoop, message), out);
    } else {
      out.println(HubPublisher.push(config, location, hadoop, message));
    }
    return ExitCode.OK.code();
  }

  private static void print(UploadPlan plan, PrintWriter out) {
    out.println("repository: " + plan.repo() + (plan.privateRepo() ? " (private)" : ""));
    out.println("commit message: " + plan.summary());
    long bytes = 0;
    for (UploadPlan.File file : plan.files()) {
      out.printf(Locale.ROOT, "  %10s  %s%n", AdapterText.size(file.bytes()), file.path());
      bytes += file.bytes();
    }
    out.println(
        plan.files().size()
            + (plan.files().size() == 1 ? " file, " : " files, ")
            + AdapterText.size(bytes)
            + ". Nothing was published: this was a dry run");
    plan.unknown()
        .ifPresent(why -> out.println("note: the hub did not say who may write there: " + why));
    out.flush();
  }
}
