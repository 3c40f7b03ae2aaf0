package org.sparklora.cli.command;

import java.util.ArrayList;
import java.util.List;
import org.sparklora.cli.config.Problems;
import org.sparklora.flag.WholeNumber;
import org.sparklora.pipeline.request.XlConditions;
import picocli.CommandLine.Option;

/** What SDXL alone is told; flags as in diffusers' {@code StableDiffusionXLPipeline}. */
final class XlOptions {
  private static final int SIDES = 2;

  /** SDXL was trained on pictures far below this; sizes are only told to it. */
  private static final int MOST_PIXELS = 1 << 16;

  @Option(
      names = "--prompt_2",
      paramLabel = "TEXT",
      description =
          "With SDXL, the prompt of the second text encoder for every picture (default: the"
              + " prompt).")
  private String prompt2 = "";

  @Option(
      names = "--negative_prompt_2",
      paramLabel = "TEXT",
      description =
          "With SDXL, the negative prompt of the second text encoder (default: the negative"
              + " prompt).")
  private String negativePrompt2 = "";

  @Option(
      names = "--original_size",
      split = ",",
      paramLabel = "HEIGHT,WIDTH",
      description =
          "With SDXL, the original size that the UNet is given; small sizes give blurred pictures"
              + " (default: the picture's).")
  @WholeNumber(min = 1, max = MOST_PIXELS)
  private List<Integer> originalSize = new ArrayList<>();

  @Option(
      names = "--crops_coords_top_left",
      split = ",",
      paramLabel = "TOP,LEFT",
      description =
          "With SDXL, the crop that the UNet is given; 0,0 centres the subject (default: 0,0).")
  @WholeNumber(min = 0, max = MOST_PIXELS)
  private List<Integer> cropTopLeft = new ArrayList<>();

  @Option(
      names = "--target_size",
      split = ",",
      paramLabel = "HEIGHT,WIDTH",
      description = "With SDXL, the target size that the UNet is given (default: the picture's).")
  @WholeNumber(min = 1, max = MOST_PIXELS)
  private List<Integer> targetSize = new ArrayList<>();

  XlConditions conditions(Problems problems) {
    check(problems, "--original_size", originalSize, 1);
    check(problems, "--crops_coords_top_left", cropTopLeft, 0);
    check(problems, "--target_size", targetSize, 1);
    return XlConditions.of(prompt2, negativePrompt2, originalSize, cropTopLeft, targetSize);
  }

  private static void check(Problems problems, String flag, List<Integer> given, int least) {
    problems.require(
        given.isEmpty()
            || (given.size() == SIDES && given.stream().allMatch(pixels -> pixels >= least)),
        flag,
        given,
        "two whole numbers with a comma are expected, each at least " + least);
  }
}
