package org.sparklora.cli.option;

import java.util.Map;
import java.util.TreeMap;
import org.sparklora.cli.config.Problems;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;
import org.sparklora.pipeline.request.PromptReading;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.pipeline.request.XlConditions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Settings for drawing. */
public final class SamplingOptions {
  @Option(
      names = "--num_inference_steps",
      paramLabel = "N",
      description = "Sampling steps (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = 10_000)
  private int steps = 25;

  @Option(
      names = "--guidance_scale",
      paramLabel = "X",
      description =
          "Scale of classifier-free guidance; 1 and below mean none (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1000)
  private double guidanceScale = 7.5;

  @Option(
      names = "--guidance_rescale",
      paramLabel = "X",
      description = "Share, 0 to 1, of the overexposure by guidance that is undone (default: 0).")
  @RealNumber(min = 0, max = 1)
  private double guidanceRescale;

  @Option(
      names = "--clip_skip",
      paramLabel = "N",
      description = "Number of the text encoder's last layers to leave out (default: 0).")
  @WholeNumber(min = 0, max = 64)
  private int clipSkip;

  @Option(
      names = "--scheduler",
      paramLabel = "CLASS",
      description =
          "Name of the scheduler in diffusers (default: "
              + SamplingConfig.DEFAULT_SCHEDULER
              + "; of SDXL, the base model's own).")
  private String scheduler;

  @Option(
      names = "--scheduler_config",
      paramLabel = "KEY=VALUE",
      description =
          "A value that replaces the one in the base model's scheduler_config.json, such as"
              + " use_karras_sigmas=true; repeatable.")
  private Map<String, String> schedulerConfig = new TreeMap<>();

  @Mixin private TextLengthOptions length = new TextLengthOptions();

  @Option(
      names = "--weighted_prompts",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Read brackets in prompts as weights: (word) is 1.1, [word] 1/1.1, (word:1.3) 1.3, and"
              + " \\( a bracket. Without it brackets are text, as in diffusers.")
  private boolean weightedPrompts;

  /**
   * The configuration.
   *
   * @param xl conditions that only SDXL takes
   */
  public SamplingConfig config(Problems problems, XlConditions xl) {
    problems.missing(
        scheduler != null && scheduler.isBlank(), "--scheduler", "a diffusers class name");
    return new SamplingConfig(
        scheduler == null ? "" : scheduler,
        new TreeMap<>(schedulerConfig),
        steps,
        guidanceScale,
        guidanceRescale,
        clipSkip,
        xl,
        new PromptReading(length.pieces(problems), weightedPrompts));
  }
}
