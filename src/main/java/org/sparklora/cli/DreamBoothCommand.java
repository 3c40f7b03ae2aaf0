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
final class DreamBoothCommand extends LoraCommand {
  @Mixin(name = "Prior preservation")
  private PriorOptions prior = new PriorOptions();

  @Mixin(name = "Subjects")
  private SubjectOptions subjects = new SubjectOptions();

  DreamBoothCommand(Consumer<TrainingConfig> job) {
    super(TrainingDefaults.DREAMBOOTH, job);
  }

  @Override
  TrainingConfig finish(Problems problems, TrainingConfig common) {
    return subjects.complete(problems, common.with(prior.config(problems, common)));
  }
}
