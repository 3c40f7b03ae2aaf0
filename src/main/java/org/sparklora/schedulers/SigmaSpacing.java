package org.sparklora.schedulers;

/** How the sigmas of a run are spaced. */
enum SigmaSpacing {
  /** Those of the chosen timesteps. */
  TIMESTEPS,
  /** {@code use_karras_sigmas}. */
  KARRAS,
  /** {@code use_exponential_sigmas}. */
  EXPONENTIAL;

  static SigmaSpacing read(ConfigValues values) {
    boolean karras = values.flag("use_karras_sigmas", false);
    boolean exponential = values.flag("use_exponential_sigmas", false);
    values.require(
        !(karras && exponential),
        "Invalid scheduler_config.json: use_karras_sigmas and use_exponential_sigmas exclude each"
            + " other.");
    values.refuseFlag("use_beta_sigmas", "use use_karras_sigmas or use_exponential_sigmas");
    values.refuseFlag("use_lu_lambdas", "use use_karras_sigmas or use_exponential_sigmas");
    values.refuseFlag("use_flow_sigmas", "flow matching has another noise schedule");
    return karras ? KARRAS : exponential ? EXPONENTIAL : TIMESTEPS;
  }
}
