package org.sparklora.cli.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.RecordFlags;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;
import org.sparklora.lora.InitialAdapter;
import org.sparklora.lora.InnerDropout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.folder.Locations;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The adapter. */
public final class LoraOptions {
  /** More than the largest layer has inputs; most models end far below. */
  static final int MOST_RANK = 65_536;

  @Option(
      names = "--rank",
      paramLabel = "R",
      description = "Rank of A and B (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = MOST_RANK)
  private int rank = 4;

  @Option(
      names = "--lora_alpha",
      paramLabel = "ALPHA",
      description = "The adapter is scaled by alpha / rank (default: the rank).")
  @RealNumber(min = 0, max = 1e6, aboveMin = true)
  private Double alpha;

  @Option(
      names = "--lora_dropout",
      paramLabel = "P",
      description = "Dropout before A during training (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1, belowMax = true)
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
          "Layers of the UNet to adapt, by the end of their names or as re:PATTERN (default:"
              + " to_q,to_k,to_v,to_out.0).")
  private List<String> targetModules = new ArrayList<>(LoraConfig.ATTENTION);

  @Option(
      names = "--use_dora",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Train the length of each row of a weight separately from its direction (DoRA).")
  private boolean dora;

  @Option(
      names = "--rank_pattern",
      split = ",",
      paramLabel = "PATTERN=R",
      description =
          "Ranks of single layers, which replace --rank. The first regular expression that matches"
              + " a layer's name, or its end after a dot, decides. Such as attn2.to_k=8 or"
              + " down_blocks.0.*=2.")
  private List<String> rankPattern = new ArrayList<>();

  @Option(
      names = "--alpha_pattern",
      split = ",",
      paramLabel = "PATTERN=ALPHA",
      description =
          "Alphas of single layers, which replace --lora_alpha. Patterns work as in"
              + " --rank_pattern.")
  private List<String> alphaPattern = new ArrayList<>();

  @Option(
      names = "--conv_rank",
      paramLabel = "R",
      description =
          "Adapt the UNet's resnets, downsamplers and upsamplers, too (LoCon). This is the rank of"
              + " their 3 x 3 convolutions.")
  @WholeNumber(min = 1, max = MOST_RANK)
  private Integer convRank;

  @Option(
      names = "--conv_alpha",
      paramLabel = "ALPHA",
      description = "Alpha of these convolutions (default: --conv_rank).")
  @RealNumber(min = 0, max = 1e6, aboveMin = true)
  private Double convAlpha;

  @Option(
      names = {"--init_lora", "--network_weights"},
      paramLabel = "ADAPTER",
      description =
          "Go on from this adapter as a new run: a file or a folder in any format, a path, a URI or"
              + " an id of the hub. Where its rank is above --rank, the nearest update is taken.")
  private String initLora = "";

  @Option(
      names = "--dim_from_weights",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Layers, ranks and alphas are those of --init_lora.")
  private boolean dimFromWeights;

  private final RecordFlags<InnerDropout> inner = new RecordFlags<>(InnerDropout.NONE);
  @Mixin final CommandSpec options = inner.options();

  /** The adapter to start from. */
  public Optional<InitialAdapter> initial(Problems problems) {
    problems.require(
        !dimFromWeights || !initLora.isEmpty(),
        "--dim_from_weights",
        true,
        "it goes with --init_lora");
    return initLora.isEmpty()
        ? Optional.empty()
        : Optional.of(new InitialAdapter(Locations.input(initLora), dimFromWeights, ""));
  }

  /** The UNet's adapter. */
  public LoraConfig config(Problems problems) {
    double scale = alpha == null ? rank : alpha;
    InnerDropout dropouts = inner.value(problems);
    problems.require(
        !dora || dropouts.equals(InnerDropout.NONE),
        "--use_dora",
        true,
        "dropout between A and B is not defined for it; use --lora_dropout");
    LoraConfig config =
        new LoraConfig(
            rank,
            scale,
            dropout,
            rankStabilised,
            dora,
            targetModules,
            PatternValues.whole(problems, "--rank_pattern", rankPattern),
            PatternValues.positive(problems, "--alpha_pattern", alphaPattern));
    return withConvolutions(problems, config.with(dropouts));
  }

  private LoraConfig withConvolutions(Problems problems, LoraConfig config) {
    problems.require(
        convRank != null || convAlpha == null,
        "--conv_alpha",
        convAlpha,
        "no convolutions are adapted; add --conv_rank");
    if (convRank == null) {
      return config;
    }
    double scale = convAlpha == null ? convRank : convAlpha;
    return config.withConvolutions(convRank, scale);
  }
}
