package org.sparklora.schedulers.run;

import java.util.List;
import java.util.Map;
import org.sparklora.schedulers.noise.ConfigValues;

/** The spacing of a run's sigmas. */
public enum SigmaSpacing {
  /** The sigmas of the chosen timesteps. */
  TIMESTEPS,
  /** {@code use_karras_sigmas}. */
  KARRAS,
  /** {@code use_exponential_sigmas}. */
  EXPONENTIAL,
  /** {@code use_beta_sigmas} (Lee et al. 2024, arXiv 2407.12173). */
  BETA,
  /** {@code use_lu_lambdas} (Lu et al. 2022, arXiv 2211.01095): evenly spaced in log sigma too. */
  LU;

  /** Reads the spacing from keys that all schedulers with a spacing know. */
  public static SigmaSpacing read(ConfigValues values) {
    Map<String, SigmaSpacing> flags =
        Map.of(
            "use_karras_sigmas", KARRAS,
            "use_exponential_sigmas", EXPONENTIAL,
            "use_beta_sigmas", BETA);
    List<SigmaSpacing> chosen =
        flags.keySet().stream().filter(flag -> values.flag(flag, false)).map(flags::get).toList();
    values.require(
        chosen.size() <= 1,
        "Invalid scheduler_config.json: use_karras_sigmas, use_exponential_sigmas and"
            + " use_beta_sigmas exclude each other; keep one.");
    return chosen.isEmpty() ? TIMESTEPS : chosen.get(0);
  }

  /** The same with {@code use_lu_lambdas}, which wins over all but Karras sigmas. */
  public static SigmaSpacing readWithLu(ConfigValues values) {
    SigmaSpacing spacing = read(values);
    return values.flag("use_lu_lambdas", false) && spacing != KARRAS ? LU : spacing;
  }
}
