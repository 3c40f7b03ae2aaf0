package org.sparklora.pipeline.request;

import java.io.Serializable;
import java.util.TreeMap;

/**
 * The settings for drawing; names as in diffusers' {@code StableDiffusionPipeline}.
 *
 * @param scheduler {@code --scheduler}: a diffusers class name; empty for the family's choice
 * @param schedulerOptions {@code --scheduler_config}: values that replace those of the base model's
 *     {@code scheduler_config.json}, as JSON
 * @param numInferenceSteps {@code --num_inference_steps}
 * @param guidanceScale {@code --guidance_scale} of classifier-free guidance; none up to 1
 * @param guidanceRescale {@code --guidance_rescale}, 0 for none
 * @param clipSkip {@code --clip_skip}: number of the text encoder's last layers that are left out
 *     for the prompt; the negative prompt uses all of them, as in diffusers
 * @param xl what SDXL alone is told
 * @param reading how prompts are read
 */
public record SamplingConfig(
    String scheduler,
    TreeMap<String, String> schedulerOptions,
    int numInferenceSteps,
    double guidanceScale,
    double guidanceRescale,
    int clipSkip,
    XlConditions xl,
    PromptReading reading)
    implements Serializable {
  /** The default scheduler. */
  public static final String DEFAULT_SCHEDULER = "DPMSolverMultistepScheduler";

  public SamplingConfig {
    schedulerOptions = new TreeMap<>(schedulerOptions);
  }

  /** Makes settings without conditions of SDXL. */
  public SamplingConfig(
      String scheduler,
      TreeMap<String, String> schedulerOptions,
      int numInferenceSteps,
      double guidanceScale,
      double guidanceRescale,
      int clipSkip) {
    this(
        scheduler,
        schedulerOptions,
        numInferenceSteps,
        guidanceScale,
        guidanceRescale,
        clipSkip,
        XlConditions.NONE,
        PromptReading.USUAL);
  }

  /** The same with another scheduler. */
  public SamplingConfig withScheduler(String name) {
    return new SamplingConfig(
        name,
        schedulerOptions,
        numInferenceSteps,
        guidanceScale,
        guidanceRescale,
        clipSkip,
        xl,
        reading);
  }

  /** The defaults, with steps and guidance. */
  public static SamplingConfig of(int steps, double guidanceScale) {
    return new SamplingConfig(DEFAULT_SCHEDULER, new TreeMap<>(), steps, guidanceScale, 0, 0);
  }

  /** The same with text encoders that leave out their last layers. */
  public SamplingConfig skipping(int layers) {
    return new SamplingConfig(
        scheduler,
        schedulerOptions,
        numInferenceSteps,
        guidanceScale,
        guidanceRescale,
        layers,
        xl,
        reading);
  }

  /** The same with prompts that are read in so many pieces of 75 tokens. */
  public SamplingConfig inPieces(int pieces) {
    return new SamplingConfig(
        scheduler,
        schedulerOptions,
        numInferenceSteps,
        guidanceScale,
        guidanceRescale,
        clipSkip,
        xl,
        new PromptReading(pieces, reading.weighted()));
  }

  /** Whether the UNet is also called with the negative prompt. */
  public boolean isGuided() {
    return guidanceScale > 1;
  }
}
