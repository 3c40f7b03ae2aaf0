package org.sparklora.cli.training;

import java.util.Optional;
import java.util.OptionalDouble;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.RecordFlags;
import org.sparklora.flag.RealNumber;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.train.objective.LossConfig;
import org.sparklora.train.objective.NoiseConfig;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.objective.SnrConfig;
import org.sparklora.train.objective.TimestepConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The quantity that the UNet predicts, and the cost of its error. */
public final class ObjectiveOptions {
  @Option(
      names = "--prediction_type",
      paramLabel = "TYPE",
      description = "epsilon or v_prediction (default: the base model's).")
  private String predictionType = "";

  @Option(
      names = {"--snr_gamma", "--min_snr_gamma"},
      paramLabel = "X",
      description = "Gamma of min-SNR weighting; 5 is usual (default: no weighting).")
  @RealNumber(min = 0, max = 1e6, aboveMin = true)
  private Double snrGamma;

  @Option(
      names = "--debiased_estimation_loss",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Weight errors by the root of noise over signal.")
  private boolean debiasedEstimationLoss;

  private final RecordFlags<LossConfig> flags = new RecordFlags<>(LossConfig.L2);
  @Mixin final CommandSpec options = flags.options();

  private final RecordFlags<SnrConfig> snr = new RecordFlags<>(SnrConfig.PLAIN);

  @Mixin(name = "snr")
  final CommandSpec snrOptions = snr.options();

  public ObjectiveConfig config(Problems problems, NoiseConfig noise, TimestepConfig timesteps) {
    return new ObjectiveConfig(
        predictionType.isEmpty()
            ? Optional.empty()
            : Optional.of(
                problems.choice(
                    "--prediction_type",
                    predictionType,
                    PredictionType.values(),
                    PredictionType.EPSILON)),
        snrGamma == null ? OptionalDouble.empty() : OptionalDouble.of(snrGamma),
        debiasedEstimationLoss,
        snr.value(problems),
        loss(problems),
        noise,
        timesteps);
  }

  private LossConfig loss(Problems problems) {
    LossConfig loss = flags.value(problems);
    if (loss.type() == LossConfig.Type.L2) {
      refuseWithL2(problems, "--huber_schedule");
      refuseWithL2(problems, "--huber_c");
      refuseWithL2(problems, "--huber_scale");
      return LossConfig.squared(loss.priorWeight());
    }
    problems.require(
        loss.huberSchedule() != LossConfig.HuberSchedule.SNR || loss.huberScale() == 1,
        "--huber_scale",
        loss.huberScale(),
        "the schedule snr does not use it");
    return loss;
  }

  private void refuseWithL2(Problems problems, String flag) {
    problems.require(
        flags.given(flag).isEmpty(),
        flag,
        flags.given(flag).orElse(null),
        "it goes with --loss_type=huber or --loss_type=smooth_l1");
  }
}
