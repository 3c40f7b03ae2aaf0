package org.sparklora.cli.training;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.RecordFlags;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.flag.WholeNumber;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.Network;
import org.sparklora.train.step.PartRates;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** LoRA in the text encoder beside that in the UNet. */
public final class TextEncoderOptions {
  @Option(
      names = "--train_text_encoder",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Adapt the text encoder, too, with the same rank, alpha and dropout.")
  private boolean trainTextEncoder;

  private final RecordFlags<PartRates> rates = new RecordFlags<>(PartRates.ALIKE);
  @Mixin final CommandSpec rate = rates.options("textEncoder", "textEncoderDecay");

  @Option(
      names = "--text_encoder_target_modules",
      split = ",",
      paramLabel = "NAME",
      description =
          "Layers of the text encoder to adapt, by the end of their names or as re:PATTERN"
              + " (default: q_proj,k_proj,v_proj,out_proj).")
  private List<String> targetModules = new ArrayList<>(LoraConfig.CLIP_ATTENTION);

  @Mixin(name = "stop")
  final CommandSpec stop = rates.options("stopTextEncoder");

  @Option(
      names = "--clip_skip",
      paramLabel = "N",
      description =
          "Number of the text encoder's last layers to leave out, as in generate (default:"
              + " ${DEFAULT-VALUE}).")
  @WholeNumber(min = 0, max = 64)
  private int clipSkip;

  public TextEncoderOptions(TrainingDefaults defaults) {
    this.trainTextEncoder = defaults.trainTextEncoder();
  }

  /**
   * The LoRA settings of each network: the UNet, and, if asked for, the text encoder with the same
   * values.
   */
  public Map<Network, LoraConfig> networks(LoraConfig unet) {
    Map<Network, LoraConfig> networks = new EnumMap<>(Map.of(Network.UNET, unet));
    if (trainTextEncoder) {
      networks.put(Network.TEXT_ENCODER, unet.withTargets(targetModules));
    } else if (!targetModules.equals(LoraConfig.CLIP_ATTENTION)) {
      FlagLog.noEffect(List.of("--text_encoder_target_modules"), "without --train_text_encoder");
    }
    return networks;
  }

  /** The rates of a run, with that of the text encoder. */
  public PartRates rates(Problems problems, PartRates others) {
    PartRates own = rates.value(problems);
    requireTraining(problems, "--text_encoder_lr", own.textEncoder());
    requireTraining(problems, "--adam_weight_decay_text_encoder", own.textEncoderDecay());
    requireTraining(problems, "--stop_text_encoder_training", own.stopTextEncoder());
    own.stopTextEncoder()
        .ifPresent(step -> StepSize.requireSteps(problems, "--stop_text_encoder_training", step));
    return others.withTextEncoderOf(own);
  }

  private void requireTraining(Problems problems, String flag, OptionalDouble given) {
    given.ifPresent(
        value ->
            problems.require(
                trainTextEncoder,
                flag,
                value,
                "the text encoder is not trained; add --train_text_encoder"));
  }

  /** {@code --clip_skip}. */
  public int clipSkip() {
    return clipSkip;
  }
}
