package org.sparklora.cli;

import java.util.Map;
import java.util.TreeMap;
import org.sparklora.pipeline.SamplingConfig;
import picocli.CommandLine.Option;

/** How to draw. */
final class SamplingOptions {
  @Option(
      names = "--num_inference_steps",
      paramLabel = "N",
      description = "Sampling steps (default: ${DEFAULT-VALUE}).")
  private int steps = 25;

  @Option(
      names = "--guidance_scale",
      paramLabel = "X",
      description = "Classifier-free guidance; none up to 1 (default: ${DEFAULT-VALUE}).")
  private double guidanceScale = 7.5;

  @Option(
      names = "--guidance_rescale",
      paramLabel = "X",
      description = "How much of guidance's overexposure to undo, 0 to 1 (default: 0).")
  private double guidanceRescale;

  @Option(
      names = "--clip_skip",
      paramLabel = "N",
      description = "Leave out so many of the text encoder's last layers (default: 0).")
  private int clipSkip;

  @Option(
      names = "--scheduler",
      paramLabel = "CLASS",
      description = "A scheduler by its name in diffusers (default: ${DEFAULT-VALUE}).")
  private String scheduler = SamplingConfig.DEFAULT_SCHEDULER;

  @Option(
      names = "--scheduler_config",
      paramLabel = "KEY=VALUE",
      description =
          "A value in place of the one in the base model's scheduler_config.json, such as"
              + " use_karras_sigmas=true; repeatable.")
  private Map<String, String> schedulerConfig = new TreeMap<>();

  SamplingConfig config(Problems problems) {
    problems.require(steps >= 1, "--num_inference_steps", steps, "it must be at least 1");
    problems.require(
        guidanceScale >= 0 && Double.isFinite(guidanceScale),
        "--guidance_scale",
        guidanceScale,
        "it must not be negative");
    problems.require(
        guidanceRescale >= 0 && guidanceRescale <= 1,
        "--guidance_rescale",
        guidanceRescale,
        "it must be in [0, 1]");
    problems.require(clipSkip >= 0, "--clip_skip", clipSkip, "it must not be negative");
    problems.missing(scheduler.isBlank(), "--scheduler", "a diffusers class name");
    return new SamplingConfig(
        scheduler, new TreeMap<>(schedulerConfig), steps, guidanceScale, guidanceRescale, clipSkip);
  }
}
