package org.sparklora.cli.command;

import java.util.function.Consumer;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.cli.training.PriorOptions;
import org.sparklora.cli.training.SubjectOptions;
import org.sparklora.spark.run.TrainingConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code dreambooth}: the flags of diffusers' {@code train_dreambooth_lora.py}, and Spark's. */
@Command(
    name = "dreambooth",
    description = {
      "Trains a LoRA adapter on a few pictures of one subject, with --instance_prompt and the"
          + " subject's class as prior."
    })
public final class DreamBoothCommand extends LoraCommand {
  @Mixin(name = "Prior preservation")
  private PriorOptions prior = new PriorOptions();

  @Mixin(name = "Subjects")
  private SubjectOptions subjects = new SubjectOptions();

  public DreamBoothCommand(Consumer<TrainingConfig> job) {
    super(TrainingDefaults.DREAMBOOTH, job);
  }

  @Override
  TrainingConfig finish(Problems problems, TrainingConfig common) {
    return subjects.complete(problems, common.with(prior.config(problems, common)));
  }
}
