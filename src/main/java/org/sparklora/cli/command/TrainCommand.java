package org.sparklora.cli.command;

import java.util.function.Consumer;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.spark.run.TrainingConfig;
import picocli.CommandLine.Command;

/** {@code train}: the flags of diffusers' {@code train_text_to_image_lora.py}, and Spark's. */
@Command(name = "train", description = "Trains a LoRA adapter on captioned pictures.")
public final class TrainCommand extends LoraCommand {
  public TrainCommand(Consumer<TrainingConfig> job) {
    super(TrainingDefaults.TEXT_TO_IMAGE, job);
  }

  @Override
  TrainingConfig finish(Problems problems, TrainingConfig common) {
    return common;
  }
}
