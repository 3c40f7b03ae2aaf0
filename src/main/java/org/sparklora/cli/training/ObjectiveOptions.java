package org.sparklora.cli.training;

import java.util.Optional;
import java.util.OptionalDouble;
import org.sparklora.cli.check.RealNumber;
import org.sparklora.cli.config.Problems;
import org.sparklora.schedulers.PredictionType;
import org.sparklora.train.objective.LossConfig;
import org.sparklora.train.objective.NoiseConfig;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.objective.TimestepConfig;
import picocli.CommandLine.Option;

/** What the UNet is trained to predict and what its error costs. */
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
      description = "Weigh errors by the root of noise over signal.")
  private boolean debiasedEstimationLoss;

  @Option(
      names = "--loss_type",
      paramLabel = "l2|huber|smooth_l1",
      description = "What an error costs (default: ${DEFAULT-VALUE}).")
  private String lossType = "l2";

  @Option(
      names = "--huber_schedule",
      paramLabel = "NAME",
      description =
          "How huber's and smooth_l1's c depends on the timestep: constant, exponential or snr"
              + " (default: snr).")
  private String huberSchedule;

  @Option(
      names = "--huber_c",
      paramLabel = "X",
      description = "Where huber and smooth_l1 turn from square to magnitude (default: 0.1).")
  @RealNumber(min = 0, max = 1, aboveMin = true)
  private Double huberC;

  @Option(
      names = "--huber_scale",
      paramLabel = "X",
      description = "Factor on c of the schedules constant and exponential (default: 1).")
  @RealNumber(min = 0, max = 1e6, aboveMin = true)
  private Double huberScale;

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
        loss(problems),
        noise,
        timesteps);
  }

  private LossConfig loss(Problems problems) {
    LossConfig.Type type =
        problems.choice("--loss_type", lossType, LossConfig.Type.values(), LossConfig.Type.L2);
    if (type == LossConfig.Type.L2) {
      refuseWithL2(problems, "--huber_schedule", huberSchedule);
      refuseWithL2(problems, "--huber_c", huberC);
      refuseWithL2(problems, "--huber_scale", huberScale);
      return LossConfig.L2;
    }
    LossConfig usual = LossConfig.L2;
    LossConfig.HuberSchedule schedule =
        huberSchedule == null
            ? usual.huberSchedule()
            : problems.choice(
                "--huber_schedule",
                huberSchedule,
                LossConfig.HuberSchedule.values(),
                usual.huberSchedule());
    double c = huberC == null ? usual.huberC() : huberC;
    double scale = huberScale == null ? usual.huberScale() : huberScale;
    problems.require(
        schedule != LossConfig.HuberSchedule.SNR || scale == 1,
        "--huber_scale",
        scale,
        "the schedule snr does not use it");
    return new LossConfig(type, schedule, c, scale);
  }

  private static void refuseWithL2(Problems problems, String flag, Object given) {
    problems.require(
        given == null, flag, given, "it goes with --loss_type=huber or --loss_type=smooth_l1");
  }
}
