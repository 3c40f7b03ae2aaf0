package org.sparklora.train.objective;

import java.io.Serializable;

/**
 * What an error costs.
 *
 * @param type {@code --loss_type}
 * @param huberSchedule {@code --huber_schedule}
 * @param huberC {@code --huber_c}
 * @param huberScale {@code --huber_scale}
 */
public record LossConfig(Type type, HuberSchedule huberSchedule, double huberC, double huberScale)
    implements Serializable {
  /** The mean squared error. */
  public static final LossConfig L2 = new LossConfig(Type.L2, HuberSchedule.SNR, 0.1, 1);

  /** What {@code --loss_type} takes, as in kohya's sd-scripts. */
  public enum Type {
    L2,
    HUBER,
    SMOOTH_L1
  }

  /** What {@code --huber_schedule} takes: how c depends on the timestep. */
  public enum HuberSchedule {
    CONSTANT,
    EXPONENTIAL,
    SNR
  }
}
