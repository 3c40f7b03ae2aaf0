package org.sparklora.cli.kohya;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Their optimizer and learning-rate schedule. */
final class KohyaOptimizer {
  private static final String TYPE = "optimizer_type";
  private static final String ARGS = "optimizer_args";
  private static final List<String> SCHEDULES =
      List.of(
          "constant",
          "constant_with_warmup",
          "linear",
          "cosine",
          "cosine_with_restarts",
          "polynomial",
          "piecewise_constant",
          "inverse_sqrt",
          "cosine_with_min_lr",
          "warmup_stable_decay");

  private final KohyaSettings settings;
  private final CarriedOver result;
  private final Map<String, String> args;

  private KohyaOptimizer(KohyaSettings settings, CarriedOver result) {
    this.settings = settings;
    this.result = result;
    this.args = settings.pairs(ARGS);
  }

  static void carryOver(KohyaSettings settings, CarriedOver result) {
    KohyaOptimizer optimizer = new KohyaOptimizer(settings, result);
    String rule = optimizer.rule();
    result.put("optimizer", rule);
    if (rule.equals("prodigy")) {
      optimizer.prodigy("decouple", "true");
      optimizer.prodigy("use_bias_correction", "false");
      optimizer.prodigy("safeguard_warmup", "false");
    }
    if (rule.equals(KohyaProdigyPlus.RULE)) {
      KohyaProdigyPlus.carryOver(optimizer.args, result);
    } else {
      optimizer.args.forEach((name, value) -> optimizer.argument(rule, name, value));
    }
    optimizer.schedule(rule);
    double norm = settings.number("max_grad_norm").orElse(1.0);
    result.put("max_grad_norm", norm == 0 ? "inf" : settings.text("max_grad_norm", "1"));
  }

  /** An argument of the package, with its default there. */
  private void prodigy(String name, String usual) {
    result.put("prodigy_" + name, args.getOrDefault(name, usual).toLowerCase(Locale.ROOT));
  }

  private String rule() {
    String type = settings.text(TYPE, "AdamW");
    if (settings.isOn("use_8bit_adam")) {
      return "adamw8bit";
    }
    if (settings.isOn("use_lion_optimizer")) {
      return "lion";
    }
    return switch (type.toLowerCase(Locale.ROOT)) {
      case "adamw", "pagedadamw", "pagedadamw32bit", "torch.optim.adamw" -> "adamw";
      case "adamw8bit", "pagedadamw8bit", "bitsandbytes.optim.adamw8bit" -> "adamw8bit";
      case "lion" -> "lion";
      case "prodigy" -> "prodigy";
      case "adafactor" -> "adafactor";
      case "adamwschedulefree", "schedulefree.adamwschedulefree" -> "adamw_schedulefree";
      case KohyaProdigyPlus.TYPE,
          "prodigyplus." + KohyaProdigyPlus.TYPE,
          "prodigyplus.prodigy_plus_schedulefree." + KohyaProdigyPlus.TYPE ->
          KohyaProdigyPlus.RULE;
      case "muon", "torch.optim.muon" -> "muon";
      case "came", "came_pytorch.came", "pytorch_optimizer.came" -> "came";
      case "lion8bit", "pagedlion8bit" -> {
        result.changed(TYPE, type, "lion keeps its state in fp32");
        yield "lion";
      }
      default -> {
        result.missing(
            TYPE,
            type,
            "optimizers are adamw, adamw8bit, adamw_schedulefree, lion, prodigy,"
                + " prodigy_plus_schedulefree, adafactor, came and muon; adamw is set");
        yield "adamw";
      }
    };
  }

  private void argument(String rule, String name, String value) {
    String plain = value.toLowerCase(Locale.ROOT);
    switch (name) {
      case "weight_decay" -> result.put("adam_weight_decay", value);
      case "eps" -> {
        if (rule.startsWith("adamw") || rule.equals("prodigy")) {
          result.put("adam_epsilon", value);
        } else {
          missing(name, value);
        }
      }
      case "betas" -> {
        String[] betas = value.replaceAll("[()\\[\\] ]", "").split(",", -1);
        result.put("adam_beta1", betas[0]);
        result.put("adam_beta2", betas[1]);
        if (rule.equals("came")) {
          result.put("came_beta3", betas[2]);
        }
      }
      case "decouple", "use_bias_correction", "safeguard_warmup" -> {
        if (!rule.equals("prodigy")) {
          missing(name, value);
        }
      }
      case "d0", "d_coef", "growth_rate", "beta3" -> {
        if (rule.equals("prodigy") && !plain.equals("none")) {
          result.put("prodigy_" + name, value);
        } else if (!plain.equals("none")) {
          missing(name, value);
        }
      }
      case "momentum" -> {
        if (rule.equals("muon")) {
          result.put("muon_momentum", value);
        } else {
          missing(name, value);
        }
      }
      case "warmup_steps" -> {
        if (rule.equals("adamw_schedulefree")) {
          result.put("schedulefree_warmup_steps", value);
        } else {
          missing(name, value);
        }
      }
      case "scale_parameter", "relative_step", "warmup_init" -> {
        if (!rule.equals("adafactor")) {
          missing(name, value);
        }
      }
      default -> missing(name, value);
    }
  }

  private void missing(String name, String value) {
    result.missing(ARGS + " " + name, value, "no argument of this optimizer here");
  }

  private void schedule(String rule) {
    if (rule.equals("adafactor")) {
      boolean relative = !args.getOrDefault("relative_step", "true").equalsIgnoreCase("false");
      boolean warmup = args.getOrDefault("warmup_init", "false").equalsIgnoreCase("true");
      result.put(
          "adafactor_scale_parameter",
          args.getOrDefault("scale_parameter", "true").toLowerCase(Locale.ROOT));
      result.put("adafactor_relative_step", String.valueOf(relative || warmup));
      if (relative || warmup) {
        result.put("adafactor_warmup_init", String.valueOf(warmup));
        result.values().remove("learning_rate");
        result.values().remove("text_encoder_lr");
        return;
      }
    }
    String scheduler = scheduler();
    if (scheduler.equals("rex") || SCHEDULES.contains(scheduler)) {
      result.put("lr_scheduler", scheduler);
      numbers(scheduler);
      arguments(scheduler);
    } else {
      result.missing("lr_scheduler", scheduler, "schedules are " + String.join(", ", SCHEDULES));
    }
    result.put("lr_warmup_steps", steps("lr_warmup_steps"));
  }

  /** Their {@code lr_scheduler_type} names a class of any package, and wins. */
  private String scheduler() {
    String type = settings.text("lr_scheduler_type", "");
    if (type.endsWith("REXScheduler")) {
      return "rex";
    }
    if (!type.isEmpty()) {
      result.missing("lr_scheduler_type", type, "of classes only REXScheduler is known");
    }
    return settings.text("lr_scheduler", "constant").toLowerCase(Locale.ROOT);
  }

  private void numbers(String scheduler) {
    switch (scheduler) {
      case "inverse_sqrt" ->
          settings.text("lr_scheduler_timescale").ifPresent(v -> result.put("lr_timescale", v));
      case "cosine_with_min_lr" -> least();
      case "warmup_stable_decay" -> {
        result.put("lr_decay_steps", steps("lr_decay_steps"));
        least();
      }
      default -> {}
    }
  }

  /** Of the arguments of their schedulers, {@code step_rules} has a name here. */
  private void arguments(String scheduler) {
    settings
        .pairs("lr_scheduler_args")
        .forEach(
            (name, value) -> {
              if (scheduler.equals("piecewise_constant") && name.equals("step_rules")) {
                result.put("lr_step_rules", value.replaceAll("[\"']", ""));
              } else {
                result.missing(
                    "lr_scheduler_args " + name, value, "schedulers are those of lr_scheduler");
              }
            });
  }

  private void least() {
    settings.text("lr_scheduler_min_lr_ratio").ifPresent(v -> result.put("lr_min_ratio", v));
  }

  private String steps(String name) {
    return settings.text(name, "0").replaceFirst("\\.0+$", "");
  }
}
