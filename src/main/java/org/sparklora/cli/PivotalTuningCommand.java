package org.sparklora.cli;

import java.util.function.Consumer;
import org.sparklora.spark.TrainingConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pivotal-tuning}: as cloneofsimo's {@code lora_pti}. */
@Command(
    name = "pivotal-tuning",
    description = {
      "Learns tokens for what is in a few pictures, and then a LoRA adapter of UNet and text"
          + " encoder around them."
    })
final class PivotalTuningCommand extends LoraCommand {
  @Mixin(name = "Tokens")
  private PivotalTuningOptions tokens = new PivotalTuningOptions();

  PivotalTuningCommand(Consumer<TrainingConfig> job) {
    super(TrainingDefaults.PIVOTAL_TUNING, job);
  }

  @Override
  TrainingConfig finish(Problems problems, TrainingConfig common) {
    return tokens.config(problems, common);
  }
}
