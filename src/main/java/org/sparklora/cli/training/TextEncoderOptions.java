package org.sparklora.cli.training;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.sparklora.cli.config.Problems;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;
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

  @Option(
      names = "--stop_text_encoder_training",
      paramLabel = "N",
      description =
          "The step from which the text encoder's adapter stays as it is; below 1 the part of the"
              + " run's steps (default: never).")
  @RealNumber(min = 0, max = 1_000_000_000, aboveMin = true)
  private Double stopTextEncoderTraining;

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

  /** {@code --stop_text_encoder_training}. */
  public OptionalDouble stop(Problems problems) {
    if (stopTextEncoderTraining == null) {
      return OptionalDouble.empty();
    }
    problems.require(
        trainTextEncoder,
        "--stop_text_encoder_training",
        stopTextEncoderTraining,
        "the text encoder is not trained; add --train_text_encoder");
    problems.require(
        stopTextEncoderTraining < 1
            || stopTextEncoderTraining == Math.rint(stopTextEncoderTraining),
        "--stop_text_encoder_training",
        stopTextEncoderTraining,
        "it must be a whole number of steps, or below 1 for a part of them");
    return OptionalDouble.of(stopTextEncoderTraining);
  }

  /** {@code --clip_skip}. */
  public int clipSkip() {
    return clipSkip;
  }
}
