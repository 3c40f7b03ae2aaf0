package org.sparklora.pipeline.request;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A prompt that is drawn at validations. What it leaves out is as for all prompts.
 *
 * @param text of the prompt
 * @param line the prompt with its flags, as it was given, by which reports name it
 * @param negative text that guidance leads away from; empty for none
 * @param height in pixels
 * @param width in pixels
 * @param seed of its first picture
 * @param steps of sampling
 * @param guidanceScale of classifier-free guidance
 * @param scheduler a diffusers class name
 */
public record ValidationPrompt(
    String text,
    String line,
    String negative,
    OptionalInt height,
    OptionalInt width,
    OptionalLong seed,
    OptionalInt steps,
    OptionalDouble guidanceScale,
    Optional<String> scheduler) {
  /** A prompt that is drawn as all others. */
  public static ValidationPrompt of(String text) {
    return new ValidationPrompt(
        text,
        text,
        "",
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalLong.empty(),
        OptionalInt.empty(),
        OptionalDouble.empty(),
        Optional.empty());
  }

  /** How it is drawn. */
  public SamplingConfig sampling(ValidationConfig all) {
    SamplingConfig sampling =
        SamplingConfig.of(
            steps.orElse(all.numInferenceSteps()), guidanceScale.orElse(all.guidanceScale()));
    return scheduler.map(sampling::withScheduler).orElse(sampling);
  }

  /**
   * The size of its pictures.
   *
   * @param side of the square of prompts without a size
   */
  public ImageSize size(int side) {
    return new ImageSize(height.orElse(side), width.orElse(side));
  }
}
