package org.sparklora.cli.command;

import java.util.function.Consumer;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.cli.training.TextualInversionOptions;
import org.sparklora.spark.run.TrainingConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code textual-inversion}: the flags of diffusers' {@code textual_inversion.py}, and Spark's. */
@Command(
    name = "textual-inversion",
    description = {
      "Learns a token for the thing in a few pictures, or for their style. Only rows of the text"
          + " encoder's token embedding are trained."
    })
public final class TextualInversionCommand extends TrainingCommand {
  @Mixin(name = "Token")
  private TextualInversionOptions token = new TextualInversionOptions();

  public TextualInversionCommand(Consumer<TrainingConfig> job) {
    super(TrainingDefaults.TEXTUAL_INVERSION, job);
  }

  @Override
  TrainingConfig complete(Problems problems, TrainingConfig common) {
    return token.config(problems, common);
  }
}
