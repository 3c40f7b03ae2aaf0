package org.sparklora.cli;

import java.util.ArrayList;
import java.util.List;
import org.sparklora.lora.LoraConfig;
import picocli.CommandLine.Option;

/** The adapter. */
final class LoraOptions {
  @Option(
      names = "--rank",
      paramLabel = "R",
      description = "Rank of A and B (default: ${DEFAULT-VALUE}).")
  private int rank = 4;

  @Option(
      names = "--lora_alpha",
      paramLabel = "ALPHA",
      description = "The adapter is scaled by alpha / rank (default: the rank).")
  private Double alpha;

  @Option(
      names = "--lora_dropout",
      paramLabel = "P",
      description = "Dropout before A while training (default: ${DEFAULT-VALUE}).")
  private double dropout;

  @Option(
      names = "--use_rslora",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Scale by alpha / sqrt(rank).")
  private boolean rankStabilised;

  @Option(
      names = "--lora_target_modules",
      split = ",",
      paramLabel = "NAME",
      description =
          "Layers of the UNet to adapt, by the end of their name or as re:PATTERN (default:"
              + " to_q,to_k,to_v,to_out.0).")
  private List<String> targetModules = new ArrayList<>(LoraConfig.ATTENTION);

  LoraConfig config(Problems problems) {
    double scale = alpha == null ? rank : alpha;
    problems.require(rank >= 1, "--rank", rank, "it must be at least 1");
    problems.require(
        alpha == null || (scale > 0 && Double.isFinite(scale)),
        "--lora_alpha",
        scale,
        "it must be a positive number");
    problems.require(
        dropout >= 0 && dropout < 1, "--lora_dropout", dropout, "it must be in [0, 1)");
    return new LoraConfig(rank, scale, dropout, rankStabilised, targetModules);
  }
}
