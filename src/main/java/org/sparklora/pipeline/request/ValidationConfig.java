package org.sparklora.pipeline.request;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The settings of validation during a run and at its end.
 *
 * @param prompts {@code --validation_prompt}, repeatable, and those of {@code --sample_prompts}
 * @param images {@code --num_validation_images} of each prompt
 * @param numInferenceSteps {@code --num_inference_steps}
 * @param guidanceScale {@code --guidance_scale} of classifier-free guidance
 * @param every how often
 * @param datasetName {@code --validation_dataset_name}: pictures whose loss is computed
 * @param split {@code --validation_split}: share of the training pictures that is left out of
 *     training and used instead; 0 for none
 */
public record ValidationConfig(
    List<ValidationPrompt> prompts,
    int images,
    int numInferenceSteps,
    double guidanceScale,
    Every every,
    Optional<String> datasetName,
    double split) {
  /**
   * The frequency of validations; there is always one at the end.
   *
   * @param steps {@code --validation_steps}
   * @param epochs {@code --validation_epochs}, if no steps are given
   */
  public record Every(OptionalLong steps, long epochs) {
    /**
     * The first step after another one at which a validation is due.
     *
     * @param epochSlots samples of an epoch
     * @param samplesPerStep over all micro-batches
     */
    public long after(long step, long epochSlots, long samplesPerStep) {
      if (steps.isPresent()) {
        return (step / steps.getAsLong() + 1) * steps.getAsLong();
      }
      long period = Math.multiplyExact(epochs, epochSlots);
      long ended = Math.multiplyExact(step, samplesPerStep) / period;
      return (Math.multiplyExact(ended + 1, period) + samplesPerStep - 1) / samplesPerStep;
    }
  }

  public ValidationConfig {
    prompts = List.copyOf(prompts);
  }

  /** The prompts without their flags. */
  public List<String> texts() {
    return prompts.stream().map(ValidationPrompt::text).toList();
  }

  /**
   * The longest side of a picture.
   *
   * @param side of the square of prompts without a size
   */
  public int longestSide(int side) {
    return prompts.stream()
        .map(prompt -> prompt.size(side))
        .mapToInt(size -> Math.max(size.height(), size.width()))
        .max()
        .orElse(side);
  }
}
