package org.sparklora.cli.training;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.cli.target.Location;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;
import org.sparklora.pipeline.request.ValidationConfig;
import org.sparklora.pipeline.request.ValidationPrompt;
import picocli.CommandLine.Option;

/** Pictures and held-out loss, while training goes on and at its end. */
public final class ValidationOptions {
  static final int MOST_STEPS = 10_000;
  static final double MOST_SCALE = 1000;

  @Option(
      names = "--validation_prompt",
      paramLabel = "TEXT",
      description =
          "A prompt that is drawn with the base and the adapted model, at every validation and at"
              + " the end; repeatable.")
  private List<String> prompts = new ArrayList<>();

  @Option(
      names = PromptFile.FLAG,
      paramLabel = "FILE",
      description = {
        "A file with more prompts, one a line, and flags after it as kohya's scripts have them:"
            + " --n negative prompt, --w width, --h height, --d seed, --s steps, --l guidance and"
            + " --ss sampler. What a line leaves out is as for all prompts."
      })
  private Path samplePrompts;

  @Option(
      names = "--num_validation_images",
      paramLabel = "N",
      description =
          "Pictures of each prompt (default: ${DEFAULT-VALUE}); picture k, from 0, has the seed"
              + " --seed + k.")
  @WholeNumber(min = 1, max = 1000)
  private int numValidationImages = 4;

  @Option(
      names = "--validation_epochs",
      paramLabel = "N",
      description = "Number of epochs between validations (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = 1_000_000_000)
  private long validationEpochs;

  @Option(
      names = "--validation_steps",
      paramLabel = "N",
      description = "Number of steps between validations; overrides --validation_epochs.")
  @WholeNumber(min = 1, max = 1_000_000_000)
  private Long validationSteps;

  @Option(
      names = "--validation_split",
      paramLabel = "P",
      description =
          "Share of the pictures, 0 to 1, that is left out of training, chosen by the seed. Their"
              + " loss is computed at every validation (default: none).")
  @RealNumber(min = 0, max = 1, belowMax = true)
  private double validationSplit;

  @Option(
      names = {"--validation_dataset_name", "--validation_data_dir"},
      paramLabel = "FOLDER",
      description = "Compute the loss of these pictures instead: a folder like --dataset_name.")
  private String validationDatasetName = "";

  @Option(
      names = "--num_inference_steps",
      paramLabel = "N",
      description = "Sampling steps of the pictures (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = MOST_STEPS)
  private int numInferenceSteps = 25;

  @Option(
      names = "--guidance_scale",
      paramLabel = "X",
      description = "Classifier-free guidance of the pictures (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = MOST_SCALE)
  private double guidanceScale = 7.5;

  public ValidationOptions(TrainingDefaults defaults) {
    this.validationEpochs = defaults.validationEpochs();
    defaults.validationSteps().ifPresent(steps -> this.validationSteps = steps);
  }

  public ValidationConfig config(Problems problems) {
    problems.require(
        prompts.stream().noneMatch(String::isBlank),
        "--validation_prompt",
        "empty",
        "it must say something");
    problems.require(
        validationSplit == 0 || validationDatasetName.isEmpty(),
        "--validation_split",
        validationSplit,
        "--validation_dataset_name names held-out pictures, too; give one of them");
    List<ValidationPrompt> all =
        new ArrayList<>(prompts.stream().map(ValidationPrompt::of).toList());
    if (samplePrompts != null) {
      all.addAll(new PromptFile(problems, samplePrompts).prompts());
    }
    return new ValidationConfig(
        all,
        numValidationImages,
        numInferenceSteps,
        guidanceScale,
        new ValidationConfig.Every(
            validationSteps == null ? OptionalLong.empty() : OptionalLong.of(validationSteps),
            validationEpochs),
        validationDatasetName.isEmpty()
            ? Optional.empty()
            : Optional.of(Location.resolve(validationDatasetName)),
        validationSplit);
  }
}
