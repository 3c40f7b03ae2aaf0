package org.sparklora.cli.training;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.sparklora.cli.config.Problems;
import org.sparklora.flag.RealNumber;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.Network;
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

  @Option(
      names = "--text_encoder_lr",
      paramLabel = "LR",
      description =
          "Learning rate of the text encoder's adapter before the schedule (default:"
              + " --learning_rate).")
  @RealNumber(min = 0, max = 1000, aboveMin = true)
  private Double textEncoderLr;

  @Option(
      names = "--text_encoder_target_modules",
      split = ",",
      paramLabel = "NAME",
      description =
          "Layers of the text encoder to adapt, by the end of their names or as re:PATTERN"
              + " (default: q_proj,k_proj,v_proj,out_proj).")
  private List<String> targetModules = new ArrayList<>(LoraConfig.CLIP_ATTENTION);

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
    }
    return networks;
  }

  /** {@code --text_encoder_lr}. */
  public OptionalDouble learningRate(Problems problems) {
    if (textEncoderLr == null) {
      return OptionalDouble.empty();
    }
    problems.require(
        trainTextEncoder,
        "--text_encoder_lr",
        textEncoderLr,
        "the text encoder is not trained; add --train_text_encoder");
    return OptionalDouble.of(textEncoderLr);
  }
}
