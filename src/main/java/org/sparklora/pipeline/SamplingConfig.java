package org.sparklora.pipeline;

import java.io.Serializable;
import java.util.TreeMap;

/**
 * How pictures are drawn; names as in diffusers' {@code StableDiffusionPipeline}.
 *
 * @param scheduler {@code --scheduler}: a diffusers class name
 * @param schedulerOptions {@code --scheduler_config}: values that replace those of the base model's
 *     {@code scheduler_config.json}, as JSON
 * @param numInferenceSteps {@code --num_inference_steps}
 * @param guidanceScale {@code --guidance_scale} of classifier-free guidance; none up to 1
 * @param guidanceRescale {@code --guidance_rescale}, 0 for none
 * @param clipSkip {@code --clip_skip}: how many of the text encoder's last layers are left out
 * @param height {@code --height} in pixels
 * @param width {@code --width} in pixels
 * @param strength {@code --strength}: how much of the noise an initial picture is given, in (0, 1]
 */
public record SamplingConfig(
    String scheduler,
    TreeMap<String, String> schedulerOptions,
    int numInferenceSteps,
    double guidanceScale,
    double guidanceRescale,
    int clipSkip,
    int height,
    int width,
    double strength)
    implements Serializable {
  /** The sampler of the reference's users. */
  public static final String DEFAULT_SCHEDULER = "DPMSolverMultistepScheduler";

  public SamplingConfig {
    schedulerOptions = new TreeMap<>(schedulerOptions);
  }

  /** The defaults at a size, with steps and guidance. */
  public static SamplingConfig of(int height, int width, int steps, double guidanceScale) {
    return new SamplingConfig(
        DEFAULT_SCHEDULER, new TreeMap<>(), steps, guidanceScale, 0, 0, height, width, 1);
  }

  /** Whether the UNet is also asked about the negative prompt. */
  boolean isGuided() {
    return guidanceScale > 1;
  }
}
