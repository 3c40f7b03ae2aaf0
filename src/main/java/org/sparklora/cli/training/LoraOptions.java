package org.sparklora.cli.training;

import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.RecordFlags;
import org.sparklora.lora.ConvolutionConfig;
import org.sparklora.lora.InitialAdapter;
import org.sparklora.lora.InnerDropout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.folder.Locations;
import org.sparklora.spark.run.TrainingConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The adapter. */
public final class LoraOptions {
  private final RecordFlags<LoraConfig> flags = new RecordFlags<>(LoraConfig.USUAL);

  @Mixin
  final CommandSpec options =
      flags.options(
          "rank",
          "alpha",
          "dropout",
          "rankStabilised",
          "targetModules",
          "dora",
          "rankPattern",
          "alphaPattern");

  private final RecordFlags<ConvolutionConfig> convolutions =
      new RecordFlags<>(ConvolutionConfig.NONE);

  @Mixin(name = "convolutions")
  final CommandSpec convolutionOptions = convolutions.options();

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
      description = "Take layers, ranks and alphas from --init_lora.")
  private boolean dimFromWeights;

  private final RecordFlags<InnerDropout> inner = new RecordFlags<>(InnerDropout.NONE);

  @Mixin(name = "inner")
  final CommandSpec innerOptions = inner.options();

  @Mixin(name = "lycoris")
  private LycorisOptions lycoris = new LycorisOptions();

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
    LoraConfig config = flags.value(problems);
    InnerDropout dropouts = inner.value(problems);
    problems.require(
        !config.dora() || dropouts.equals(InnerDropout.NONE),
        "--use_dora",
        true,
        "dropout between A and B is not defined for it; use --lora_dropout");
    ConvolutionConfig added = convolutions.value(problems);
    problems.require(
        added.rank().isPresent() || added.alpha().isEmpty(),
        "--conv_alpha",
        convolutions.given("--conv_alpha").orElse(null),
        "no convolutions are adapted; add --conv_rank");
    boolean hasAlpha = flags.given("--lora_alpha").isPresent();
    LoraConfig whole =
        added
            .on(config.with(hasAlpha ? config.alpha() : config.rank(), dropouts))
            .with(lycoris.config(problems));
    lycoris.requireLora(problems, whole, dimFromWeights);
    return whole;
  }

  /**
   * Refuses flags of other groups that do not go with the adapter.
   *
   * @param adapter {@link #config}
   */
  public static void check(Problems problems, LoraConfig adapter, TrainingConfig common) {
    LycorisOptions.requireLora(problems, adapter, common);
  }
}
