package org.sparklora.cli.kohya;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The arguments of ProdigyPlusScheduleFree. */
final class KohyaProdigyPlus {
  /** Its class, in lower case. */
  static final String TYPE = "prodigyplusschedulefree";

  static final String RULE = "prodigy_plus_schedulefree";

  private static final Map<String, String> FLAGS =
      Map.of(
          "weight_decay", "adam_weight_decay",
          "beta3", "prodigy_beta3",
          "d0", "prodigy_d0",
          "d_coef", "prodigy_d_coef",
          "d_limiter", "prodigy_d_limiter",
          "prodigy_steps", "prodigy_steps",
          "schedulefree_c", "schedulefree_c",
          "factored", "prodigy_factored",
          "use_stableadamw", "prodigy_use_stableadamw");

  /** Arguments of weights in bf16 and of their memory. */
  private static final Set<String> OF_MEMORY =
      Set.of("stochastic_rounding", "fused_back_pass", "factored_fp32");

  /** Arguments that are true if they are not given. */
  private static final Set<String> USUALLY_TRUE =
      Set.of("split_groups", "use_schedulefree", "weight_decay_by_lr");

  private KohyaProdigyPlus() {}

  static void carryOver(Map<String, String> args, CarriedOver result) {
    args.forEach((name, value) -> argument(name, value, result));
  }

  private static void argument(String name, String value, CarriedOver result) {
    String plain = value.toLowerCase(Locale.ROOT);
    boolean none = plain.equals("none");
    if (name.equals("betas")) {
      String[] betas = value.replaceAll("[()\\[\\] ]", "").split(",", -1);
      result.put("adam_beta1", betas[0]);
      result.put("adam_beta2", betas[1]);
    } else if (name.equals("eps") && !none) {
      result.put("adam_epsilon", value);
    } else if (FLAGS.containsKey(name)) {
      if (!none) {
        result.put(FLAGS.get(name), plain);
      }
    } else if (OF_MEMORY.contains(name)) {
      result.needless(setting(name), value, "the adapter and its state are fp32");
    } else if (!plain.equals(String.valueOf(USUALLY_TRUE.contains(name)))) {
      result.missing(setting(name), value, "no argument of this optimizer here");
    }
  }

  private static String setting(String name) {
    return "optimizer_args " + name;
  }
}
