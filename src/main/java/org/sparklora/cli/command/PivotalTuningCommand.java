package org.sparklora.cli.command;

import java.util.function.Consumer;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.cli.training.PivotalTuningOptions;
import org.sparklora.spark.run.TrainingConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pivotal-tuning}: trains as cloneofsimo's {@code lora_pti} does. */
@Command(
    name = "pivotal-tuning",
    description = {
      "Learns tokens for the thing in a few pictures, and then a LoRA adapter of UNet and text"
          + " encoder around them."
    })
public final class PivotalTuningCommand extends LoraCommand {
  @Mixin(name = "Tokens")
  private PivotalTuningOptions tokens = new PivotalTuningOptions();

  public PivotalTuningCommand(Consumer<TrainingConfig> job) {
    super(TrainingDefaults.PIVOTAL_TUNING, job);
  }

  @Override
  TrainingConfig finish(Problems problems, TrainingConfig common) {
    return tokens.config(problems, common);
  }
}
