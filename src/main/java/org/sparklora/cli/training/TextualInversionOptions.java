package org.sparklora.cli.training;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.data.caption.CaptionTemplates;
import org.sparklora.flag.WholeNumber;
import org.sparklora.lora.NewToken;
import org.sparklora.lora.Trainables;
import org.sparklora.lora.format.ProgramNames;
import org.sparklora.spark.run.TrainingConfig;
import picocli.CommandLine.Option;

/** The token to learn, and the captions that contain it. */
public final class TextualInversionOptions {
  /** The script's default number of steps, unless epochs are given. */
  private static final long MAX_TRAIN_STEPS = 5000;

  private static final long REPEATS = 100;

  @Option(
      names = "--placeholder_token",
      paramLabel = "TOKEN",
      description = "The new token, such as <cat-toy>, which stands for the pictures in a prompt.")
  private String placeholderToken = "";

  @Option(
      names = "--initializer_token",
      paramLabel = "TOKEN",
      description =
          "A word that the base model knows as one token and that is near the pictures. The new"
              + " token starts as a copy of it.")
  private String initializerToken = "";

  @Option(
      names = "--num_vectors",
      paramLabel = "N",
      description =
          "Number of the token's rows in the embedding (default: ${DEFAULT-VALUE}); a prompt has"
              + " room for that many words less.")
  @WholeNumber(min = 1, max = 75)
  private int numVectors = 1;

  @Option(
      names = "--learnable_property",
      paramLabel = "object|style|caption",
      description =
          "Captions to train on: sentences about an object or a style with the token in them, drawn"
              + " for each picture and epoch; or the data's captions, which must hold the token"
              + " (default: ${DEFAULT-VALUE}).")
  private String learnableProperty = "object";

  @Option(
      names = "--repeats",
      paramLabel = "N",
      description = "How often an epoch uses each picture (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = 1_000_000)
  private long repeats = REPEATS;

  @Option(
      names = "--no_safe_serialization",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Accepted without effect: learned_embeds.bin is written beside"
              + " learned_embeds.safetensors.")
  private boolean noSafeSerialization;

  @Option(names = "--save_steps", hidden = true)
  @WholeNumber(min = Long.MIN_VALUE, max = Long.MAX_VALUE)
  private Long saveSteps;

  @Option(names = "--save_as_full_pipeline", arity = "0..1", fallbackValue = "true", hidden = true)
  private boolean saveAsFullPipeline;

  @Option(names = "--tokenizer_name", hidden = true)
  private String tokenizerName;

  /**
   * A run that learns the token.
   *
   * @param common configuration from the other flags
   */
  public TrainingConfig config(Problems problems, TrainingConfig common) {
    refuse(problems);
    problems.missing(
        placeholderToken.isBlank(), "--placeholder_token", "the token to learn, such as <cat-toy>");
    requireOwnName(problems, "--placeholder_token", placeholderToken, "<cat-toy>");
    problems.missing(
        initializerToken.isBlank(),
        "--initializer_token",
        "a word that the base model knows and that is near the pictures, such as toy");
    CaptionTemplates templates =
        problems.choice(
            "--learnable_property",
            learnableProperty,
            CaptionTemplates.values(),
            CaptionTemplates.OBJECT);
    refuseOfLayers(problems, common);
    requireOwnCaptions(problems, common, templates, "give --learnable_property=caption");
    NewToken token = new NewToken(placeholderToken, initializerToken, numVectors);
    return common
        .with(
            new Trainables(Map.of(), List.of(token)),
            common.rates(),
            common.optimizer(),
            length(common.length()))
        .with(common.data().inTemplates(templates, placeholderToken));
  }

  /** Refuses settings of an adapter's layers: there are none. */
  private static void refuseOfLayers(Problems problems, TrainingConfig common) {
    String why = "only the token is learned, so there is no layer that it could change";
    problems.unsupported(
        common.rates().loraPlus() != 1, "--loraplus_lr_ratio in textual inversion", why);
    problems.unsupported(
        !common.rates().pattern().isEmpty(), "--lr_pattern in textual inversion", why);
    problems.unsupported(
        common.optimizer().weightNorm().isPresent(),
        "--scale_weight_norms in textual inversion",
        why);
  }

  /**
   * Refuses captions for all pictures where captions are made of templates.
   *
   * @param instead what else to do
   */
  static void requireOwnCaptions(
      Problems problems, TrainingConfig common, CaptionTemplates templates, String instead) {
    problems.unsupported(
        templates != CaptionTemplates.CAPTION
            && common.data().sets().stream().anyMatch(set -> set.prompt().isPresent()),
        "--instance_prompt with templates",
        "captions are made of sentences about the token; leave it out, or " + instead);
    problems.unsupported(
        templates != CaptionTemplates.CAPTION && !common.data().balances().isEmpty(),
        "--data_sets is_reg with templates",
        "sentences about the token would describe those pictures, too; leave it out, or "
            + instead);
  }

  /** The length of training: the script's 5000 steps if neither steps nor epochs were given. */
  private TrainingConfig.Length length(TrainingConfig.Length given) {
    boolean asked =
        given.maxTrainSteps().isPresent()
            || given.numTrainEpochs() != TrainingDefaults.TEXTUAL_INVERSION.numTrainEpochs();
    if (repeats != REPEATS && (!asked || given.maxTrainSteps().isPresent())) {
      FlagLog.noEffect(List.of("--repeats"), "without --num_train_epochs: steps count pictures");
    }
    return asked
        ? new TrainingConfig.Length(
            Math.multiplyExact(given.numTrainEpochs(), repeats), given.maxTrainSteps())
        : new TrainingConfig.Length(given.numTrainEpochs(), OptionalLong.of(MAX_TRAIN_STEPS));
  }

  /**
   * Refuses a token that programs would take for another tensor when they read its file.
   *
   * @param flag that names the token
   * @param example of a name that is free
   */
  static void requireOwnName(Problems problems, String flag, String token, String example) {
    problems.require(
        !ProgramNames.isOne(token),
        flag,
        token,
        "programs use this name for another kind of tensor, so a file of it could not be read back;"
            + " choose another name, such as "
            + example);
  }

  private void refuse(Problems problems) {
    problems.unsupported(
        tokenizerName != null, "--tokenizer_name", "the base model's tokenizer gets the new token");
    problems.unsupported(
        saveAsFullPipeline,
        "--save_as_full_pipeline",
        "diffusers and generate read the token beside the base model");
    if (saveSteps != null) {
      FlagLog.warn(
          "--save_steps has no effect: every checkpoint holds learned_embeds.safetensors, see"
              + " --checkpointing_steps");
    }
    if (noSafeSerialization) {
      FlagLog.info("--no_safe_serialization has no effect: both kinds of file are written");
    }
  }
}
