package org.sparklora.cli;

import java.util.Optional;
import org.sparklora.hub.PublishConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whether and where a run's results are published. */
final class PublishOptions {
  @Option(
      names = "--push_to_hub",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Publish what is in --output_dir, without checkpoints, on the Hugging Face Hub when the"
              + " run has ended.")
  private boolean pushToHub;

  @Mixin private HubTargetOptions target = new HubTargetOptions();

  Optional<PublishConfig> config(Problems problems) {
    PublishConfig config = target.config(problems);
    return pushToHub ? Optional.of(config) : Optional.empty();
  }
}
