package org.sparklora.train.objective;

import java.io.Serializable;
import java.util.Map;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RealNumber;

/** The cost of an error. */
public record LossConfig(
    @Flag(
            names = "--loss_type",
            label = "l2|huber|smooth_l1",
            help = "Cost of an error (default: ${DEFAULT-VALUE}).")
        @InRecipe
        Type type,
    @Flag(
            names = "--huber_schedule",
            label = "NAME",
            help =
                "How huber's and smooth_l1's c depends on the timestep: constant, exponential or"
                    + " snr (default: snr).",
            unset = true)
        @InRecipe(with = "type")
        HuberSchedule huberSchedule,
    @Flag(
            names = "--huber_c",
            label = "X",
            help =
                "The size of an error from which huber and smooth_l1 grow linearly instead of"
                    + " quadratically (default: 0.1).",
            unset = true)
        @RealNumber(min = 0, max = 1, aboveMin = true)
        @InRecipe(with = "type")
        double huberC,
    @Flag(
            names = "--huber_scale",
            label = "X",
            help = "Factor on c in the schedules constant and exponential (default: 1).",
            unset = true)
        @RealNumber(min = 0, max = 1e6, aboveMin = true)
        @InRecipe(with = "type")
        double huberScale,
    @Flag(
            names = "--prior_loss_weight",
            label = "X",
            help =
                "Factor on the loss of pictures of the class, and of data sets that are marked with"
                    + " is_reg (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1000)
        double priorWeight)
    implements Serializable {
  /** The mean squared error. */
  public static final LossConfig L2 = new LossConfig(Type.L2, HuberSchedule.SNR, 0.1, 1, 1);

  /** A cost of errors that is the same for all pictures. */
  public LossConfig(Type type, HuberSchedule huberSchedule, double huberC, double huberScale) {
    this(type, huberSchedule, huberC, huberScale, 1);
  }

  /** The mean squared error with a weight of regularisation pictures. */
  public static LossConfig squared(double priorWeight) {
    return new LossConfig(Type.L2, L2.huberSchedule, L2.huberC, L2.huberScale, priorWeight);
  }

  Map<String, String> recipe() {
    return FlagRecipe.of(this, L2);
  }

  /** A value of {@code --loss_type}, as in kohya's sd-scripts. */
  public enum Type {
    L2,
    HUBER,
    SMOOTH_L1
  }

  /** A value of {@code --huber_schedule}: how c depends on the timestep. */
  public enum HuberSchedule {
    CONSTANT,
    EXPONENTIAL,
    SNR
  }
}
