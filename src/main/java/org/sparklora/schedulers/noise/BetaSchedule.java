package org.sparklora.schedulers.noise;

/** How beta, the noise added at each timestep, grows; names as in diffusers. */
public enum BetaSchedule {
  /** Evenly spaced. */
  LINEAR,
  /** Evenly spaced roots: Stable Diffusion's. */
  SCALED_LINEAR,
  /** Cosine (Nichol and Dhariwal 2021, arXiv 2102.09672), capped at 0.999. */
  SQUAREDCOS_CAP_V2
}
