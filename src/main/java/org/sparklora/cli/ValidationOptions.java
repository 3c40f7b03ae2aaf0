package org.sparklora.cli;

import java.util.ArrayList;
import java.util.List;
import org.sparklora.pipeline.ValidationConfig;
import picocli.CommandLine.Option;

/** Pictures drawn at the end. */
final class ValidationOptions {
  @Option(
      names = "--validation_prompt",
      paramLabel = "TEXT",
      description =
          "Draw this with the base and the adapted model at the end of the run; repeatable.")
  private List<String> prompts = new ArrayList<>();

  @Option(
      names = "--num_inference_steps",
      paramLabel = "N",
      description = "Sampling steps of those pictures (default: ${DEFAULT-VALUE}).")
  private int numInferenceSteps = 25;

  @Option(
      names = "--guidance_scale",
      paramLabel = "X",
      description = "Classifier-free guidance of those pictures (default: ${DEFAULT-VALUE}).")
  private double guidanceScale = 7.5;

  @Option(names = "--num_validation_images", hidden = true)
  private int numValidationImages = 1;

  @Option(names = "--validation_epochs", hidden = true)
  private Long validationEpochs;

  ValidationConfig config(Problems problems) {
    problems.require(
        numInferenceSteps >= 1,
        "--num_inference_steps",
        numInferenceSteps,
        "it must be at least 1");
    problems.require(
        guidanceScale >= 0 && Double.isFinite(guidanceScale),
        "--guidance_scale",
        guidanceScale,
        "it must not be negative");
    problems.unsupported(
        validationEpochs != null,
        "--validation_epochs",
        "pictures are drawn at the end of a run only; leave it out");
    problems.unsupported(
        numValidationImages != 1,
        "--num_validation_images",
        "one picture a prompt is drawn; repeat --validation_prompt for more");
    return new ValidationConfig(prompts, numInferenceSteps, guidanceScale);
  }
}
