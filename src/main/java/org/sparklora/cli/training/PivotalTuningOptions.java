package org.sparklora.cli.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.data.caption.CaptionTemplates;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;
import org.sparklora.lora.NewToken;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.train.step.PartRates;
import picocli.CommandLine.Option;

/** The tokens to learn, and the steps and learning rates of tokens and LoRA. */
public final class PivotalTuningOptions {
  private static final Pattern BAR = Pattern.compile("\\|");

  @Option(
      names = "--placeholder_tokens",
      paramLabel = "TOKEN|...",
      description = "The new tokens, such as <s1>|<s2>, which stand for the pictures in a prompt.")
  private String placeholderTokens = "";

  @Option(
      names = "--initializer_tokens",
      paramLabel = "TOKEN|...",
      description =
          "For each new token a word that the base model knows as one token and that is near the"
              + " pictures. The new token starts as a copy of it.")
  private String initializerTokens = "";

  @Option(
      names = "--use_template",
      paramLabel = "object|style",
      description =
          "Train on sentences about a thing or a style with the tokens in them, drawn for each"
              + " picture and epoch (default: the data's captions, which must hold the tokens).")
  private String useTemplate;

  @Option(
      names = "--max_train_steps_ti",
      paramLabel = "N",
      description =
          "Number of steps in which only the tokens are learned (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = 1_000_000_000)
  private long maxTrainStepsTi = 1000;

  @Option(
      names = "--max_train_steps_tuning",
      paramLabel = "N",
      description =
          "Number of steps of LoRA after that (default: --max_train_steps, or else 1000).")
  @WholeNumber(min = 1, max = 1_000_000_000)
  private Long maxTrainStepsTuning;

  @Option(
      names = "--learning_rate_ti",
      paramLabel = "LR",
      description = "Learning rate of the tokens (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1000, aboveMin = true)
  private double learningRateTi = 5e-4;

  @Option(
      names = "--learning_rate_unet",
      paramLabel = "LR",
      description = "Learning rate of the UNet's LoRA (default: --learning_rate).")
  @RealNumber(min = 0, max = 1000, aboveMin = true)
  private Double learningRateUnet;

  @Option(
      names = "--learning_rate_text",
      paramLabel = "LR",
      description =
          "Learning rate of the text encoder's LoRA (default: --text_encoder_lr, or else 1e-5).")
  @RealNumber(min = 0, max = 1000, aboveMin = true)
  private Double learningRateText;

  @Option(
      names = "--continue_inversion",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Train the tokens on while LoRA is trained.")
  private boolean continueInversion;

  @Option(
      names = "--continue_inversion_lr",
      paramLabel = "LR",
      description = "Learning rate of the tokens during LoRA (default: --learning_rate_ti).")
  @RealNumber(min = 0, max = 1000, aboveMin = true)
  private Double continueInversionLr;

  /**
   * A run that learns the tokens and then LoRA.
   *
   * @param common configuration from the other flags, which trains LoRA
   */
  public TrainingConfig config(Problems problems, TrainingConfig common) {
    List<NewToken> tokens = tokens(problems);
    long tuning =
        Optional.ofNullable(maxTrainStepsTuning)
            .orElse(common.length().maxTrainSteps().orElse(1000));
    PartRates.Inversion inversion =
        new PartRates.Inversion(maxTrainStepsTi, learningRateTi, continued(problems));
    PartRates rates =
        new PartRates(
            text(problems, common),
            common.rates().textEncoderDecay(),
            common.rates().pattern(),
            OptionalDouble.empty(),
            common.rates().loraPlus(),
            Optional.of(inversion));
    problems.require(
        common.rates().stopTextEncoder().isEmpty(),
        "--stop_text_encoder_training",
        common.rates().stopTextEncoder().isPresent()
            ? common.rates().stopTextEncoder().getAsDouble()
            : null,
        "both parts of pivotal tuning train the text encoder to their end");
    if (common.length().numTrainEpochs() != TrainingDefaults.PIVOTAL_TUNING.numTrainEpochs()) {
      FlagLog.noEffect(
          List.of("--num_train_epochs"),
          "in pivotal tuning: give --max_train_steps_ti and --max_train_steps_tuning");
    }
    CaptionTemplates templates = templates(problems);
    TextualInversionOptions.requireOwnCaptions(
        problems, common, templates, "leave out --use_template");
    problems.unsupported(
        common.trainables().unet().filter(lora -> !lora.lycoris().isLora()).isPresent(),
        "--algo in pivotal tuning",
        "no file holds tokens beside LoHa or LoKr; leave it out");
    OptimizerConfig optimizer =
        learningRateUnet == null ? common.optimizer() : common.optimizer().with(learningRateUnet);
    return common
        .with(
            common.trainables().withTokens(tokens),
            rates,
            optimizer,
            new TrainingConfig.Length(1, OptionalLong.of(maxTrainStepsTi + tuning)))
        .with(common.data().inTemplates(templates, words(tokens)));
  }

  private List<NewToken> tokens(Problems problems) {
    problems.missing(
        placeholderTokens.isBlank(),
        "--placeholder_tokens",
        "the tokens to learn, such as <s1>|<s2>");
    problems.missing(
        initializerTokens.isBlank(),
        "--initializer_tokens",
        "for each token a word that the base model knows, such as toy|style");
    if (placeholderTokens.isBlank() || initializerTokens.isBlank()) {
      return List.of();
    }
    String[] placeholders = BAR.split(placeholderTokens, -1);
    String[] initializers = BAR.split(initializerTokens, -1);
    problems.require(
        placeholders.length == initializers.length,
        "--initializer_tokens",
        initializerTokens,
        "give one for each of the " + placeholders.length + " tokens, with a | between them");
    for (String placeholder : placeholders) {
      TextualInversionOptions.requireOwnName(problems, "--placeholder_tokens", placeholder, "<s1>");
    }
    List<NewToken> tokens = new ArrayList<>();
    for (int i = 0; i < Math.min(placeholders.length, initializers.length); i++) {
      tokens.add(new NewToken(placeholders[i], initializers[i], 1));
    }
    return tokens;
  }

  /** The tokens side by side, which is how lora_pti puts them into a template. */
  private static String words(List<NewToken> tokens) {
    return String.join("", tokens.stream().map(NewToken::token).toList());
  }

  private CaptionTemplates templates(Problems problems) {
    return useTemplate == null
        ? CaptionTemplates.CAPTION
        : problems.choice(
            "--use_template", useTemplate, CaptionTemplates.values(), CaptionTemplates.OBJECT);
  }

  private OptionalDouble continued(Problems problems) {
    problems.require(
        continueInversionLr == null || continueInversion,
        "--continue_inversion_lr",
        continueInversionLr,
        "the tokens stay as they are; add --continue_inversion");
    if (!continueInversion) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(Optional.ofNullable(continueInversionLr).orElse(learningRateTi));
  }

  private OptionalDouble text(Problems problems, TrainingConfig common) {
    if (common.trainables().textEncoder().isEmpty()) {
      problems.require(
          learningRateText == null,
          "--learning_rate_text",
          learningRateText,
          "the text encoder is not trained; leave out --train_text_encoder=false");
      return OptionalDouble.empty();
    }
    double given =
        Optional.ofNullable(learningRateText).orElse(common.rates().textEncoder().orElse(1e-5));
    return OptionalDouble.of(given);
  }
}
