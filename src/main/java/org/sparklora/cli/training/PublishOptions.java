package org.sparklora.cli.training;

import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.cli.option.HubTargetOptions;
import org.sparklora.hub.publish.PublishConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whether and where a run's results are published. */
public final class PublishOptions {
  @Option(
      names = "--push_to_hub",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Publish --output_dir, without checkpoints, on the Hugging Face Hub when the run has"
              + " ended.")
  private boolean pushToHub;

  @Mixin private HubTargetOptions target = new HubTargetOptions();

  public Optional<PublishConfig> config(Problems problems) {
    PublishConfig config = target.config(problems);
    if (!pushToHub) {
      FlagLog.noEffect(target.given(), "without --push_to_hub");
    }
    return pushToHub ? Optional.of(config) : Optional.empty();
  }
}
