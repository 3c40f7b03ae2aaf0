package org.sparklora.cli;

import java.util.function.Consumer;
import org.sparklora.spark.TrainingConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code dreambooth}: the flags of diffusers' {@code train_dreambooth_lora.py}, and Spark's. */
@Command(
    name = "dreambooth",
    description = {
      "Trains a LoRA adapter on a few pictures of one subject, with --instance_prompt and the"
          + " subject's class as prior."
    })
final class DreamBoothCommand extends TrainingCommand {
  @Mixin(name = "Prior preservation")
  private PriorOptions prior = new PriorOptions();

  DreamBoothCommand(Consumer<TrainingConfig> job) {
    super(TrainingDefaults.DREAMBOOTH, job);
  }

  @Override
  TrainingConfig complete(Problems problems, TrainingConfig common) {
    return common.with(prior.config(problems, common));
  }
}
