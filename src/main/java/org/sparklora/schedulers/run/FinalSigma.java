package org.sparklora.schedulers.run;

/**
 * The sigma at which the last step of a run ends; names as in diffusers' {@code final_sigmas_type}.
 */
public enum FinalSigma {
  /** No noise. */
  ZERO,
  /** The noise of the first training timestep. */
  SIGMA_MIN;

  float value(SigmaSchedule sigmas) {
    return this == ZERO ? 0 : sigmas.smallest();
  }
}
