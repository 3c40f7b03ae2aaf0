package org.sparklora.cli.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.RecordFlags;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.lora.InnerDropout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.lycoris.Algo;
import org.sparklora.lora.lycoris.LycorisConfig;
import org.sparklora.spark.run.TrainingConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;

/** LoHa and LoKr, and what does not go with them. */
final class LycorisOptions {
  private static final String ALGO = "--algo";

  private final RecordFlags<LycorisConfig> flags = new RecordFlags<>(LycorisConfig.LORA);

  @Mixin final CommandSpec options = flags.options();

  /** How updates are made of factors. */
  LycorisConfig config(Problems problems) {
    LycorisConfig config = flags.value(problems);
    boolean lokr = config.algo() == Algo.LOKR;
    String ofLokr = "it goes with --algo=lokr";
    problems.require(lokr || config.factor() == -1, "--factor", config.factor(), ofLokr);
    problems.require(lokr || !config.decomposeBoth(), "--decompose_both", true, ofLokr);
    problems.require(lokr || !config.fullMatrix(), "--full_matrix", true, ofLokr);
    problems.require(
        !config.isLora() || !config.tucker(),
        "--use_tucker",
        true,
        "it goes with --algo=loha and --algo=lokr");
    if (lokr && config.fullMatrix()) {
      List<String> idle = new ArrayList<>();
      if (config.decomposeBoth()) {
        idle.add("--decompose_both");
      }
      if (config.tucker()) {
        idle.add("--use_tucker");
      }
      FlagLog.noEffect(idle, "with --full_matrix");
    }
    return config;
  }

  /** Refuses what is defined for LoRA only. */
  void requireLora(Problems problems, LoraConfig lora, boolean dimFromWeights) {
    if (lora.lycoris().isLora()) {
      return;
    }
    unsupported(problems, lora.dora(), "--use_dora", lora);
    unsupported(problems, lora.dropout() > 0, "--lora_dropout", lora);
    boolean inner = !lora.inner().equals(InnerDropout.NONE);
    unsupported(problems, inner, "--network_dropout, --rank_dropout or --module_dropout", lora);
    unsupported(problems, dimFromWeights, "--dim_from_weights", lora);
  }

  /** Refuses what other groups of flags define for LoRA only. */
  static void requireLora(Problems problems, LoraConfig lora, TrainingConfig common) {
    if (lora.lycoris().isLora()) {
      return;
    }
    boolean limited = common.optimizer().weightNorm().isPresent();
    unsupported(problems, limited, "--scale_weight_norms", lora);
    unsupported(problems, common.rates().loraPlus() != 1, "--loraplus_lr_ratio", lora);
  }

  private static void unsupported(Problems problems, boolean given, String flag, LoraConfig lora) {
    String algo = lora.lycoris().algo().name().toLowerCase(Locale.ROOT);
    problems.unsupported(
        given,
        flag + " with " + ALGO + "=" + algo,
        "it is defined for LoRA; leave one of them out");
  }
}
