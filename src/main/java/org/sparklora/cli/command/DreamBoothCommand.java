package org.sparklora.cli.command;

import java.util.function.Consumer;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.cli.training.PriorOptions;
import org.sparklora.cli.training.SubjectOptions;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.XlDefaults;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * {@code dreambooth}: the flags of diffusers' {@code train_dreambooth_lora.py} and {@code
 * train_dreambooth_lora_sdxl.py}, and Spark's.
 */
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
    TrainingConfig run = common.with(XlDefaults.DREAMBOOTH);
    return subjects.complete(problems, run.with(prior.config(problems, common)));
  }
}
