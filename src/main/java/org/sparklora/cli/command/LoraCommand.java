package org.sparklora.cli.command;

import java.util.List;
import java.util.function.Consumer;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.cli.training.LoraOptions;
import org.sparklora.cli.training.TextEncoderOptions;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.spark.run.TrainingConfig;
import picocli.CommandLine.Mixin;

/** The common part of the commands that train LoRA. */
abstract class LoraCommand extends TrainingCommand {
  @Mixin(name = "LoRA")
  private LoraOptions lora = new LoraOptions();

  @Mixin(name = "Text encoder")
  private TextEncoderOptions textEncoder;

  LoraCommand(TrainingDefaults defaults, Consumer<TrainingConfig> job) {
    super(defaults, job);
    this.textEncoder = new TextEncoderOptions(defaults);
  }

  @Override
  final TrainingConfig complete(Problems problems, TrainingConfig common) {
    LoraConfig adapter = lora.config(problems);
    LoraOptions.check(problems, adapter, common);
    return finish(
        problems,
        common.with(
            new Trainables(
                textEncoder.networks(adapter),
                List.of(),
                lora.initial(problems).stream().toList(),
                textEncoder.clipSkip()),
            textEncoder.rates(problems, common.rates()),
            common.optimizer(),
            common.length()));
  }

  /**
   * Completes the configuration with the command's own flags.
   *
   * @param common configuration that trains LoRA
   */
  abstract TrainingConfig finish(Problems problems, TrainingConfig common);
}
