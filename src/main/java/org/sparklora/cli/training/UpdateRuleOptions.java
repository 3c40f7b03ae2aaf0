package org.sparklora.cli.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.RecordFlags;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The update rule and its numbers: the flags of every {@link UpdateRuleConfig}. */
public final class UpdateRuleOptions {
  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description =
          "The update rule: adamw, adamw8bit, adamw_schedulefree, lion, prodigy,"
              + " prodigy_plus_schedulefree, adafactor, came or muon (default: adamw).")
  private String optimizer = "";

  @Option(
      names = "--use_8bit_adam",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "The same as --optimizer=adamw8bit.")
  private boolean use8bitAdam;

  /** The rules by their names. Flags that rules share are there once. */
  private final Map<String, RecordFlags<?>> rules = new LinkedHashMap<>();

  @Mixin final CommandSpec options = CommandSpec.create();

  public UpdateRuleOptions() {
    RecordFlags<?> before = null;
    for (UpdateRuleConfig rule : UpdateRuleConfig.usual()) {
      Record numbers = (Record) rule;
      RecordFlags<?> flags = before == null ? new RecordFlags<>(numbers) : before.beside(numbers);
      flags.options().options().forEach(options::addOption);
      rules.put(rule.label(), flags);
      before = flags;
    }
  }

  UpdateRuleConfig config(Problems problems) {
    RecordFlags<?> chosen = chosen(problems);
    UpdateRuleConfig rule = (UpdateRuleConfig) chosen.value(problems);
    FlagLog.noEffect(unused(chosen), "with --optimizer=" + rule.label());
    if (rule.averages()) {
      Object beta1 = chosen.given("--adam_beta1").orElse(1.0);
      problems.require(
          !beta1.equals(0.0),
          "--adam_beta1",
          beta1,
          "the average of " + rule.label() + " is divided by it; it must be above 0");
    }
    if (rule instanceof UpdateRuleConfig.Adafactor adafactor) {
      problems.require(
          adafactor.relativeStep() || !adafactor.warmupInit(),
          "--adafactor_warmup_init",
          true,
          "it is the beginning of --adafactor_relative_step, which is not set");
    }
    return chosen.given("--prodigy_beta3").isEmpty() ? rule.withUsualBeta3() : rule;
  }

  /** The flags of other rules that were given. */
  private Set<String> unused(RecordFlags<?> chosen) {
    Set<String> unused = new TreeSet<>();
    rules.values().forEach(rule -> unused.addAll(rule.changed()));
    unused.removeAll(chosen.names());
    return unused;
  }

  private RecordFlags<?> chosen(Problems problems) {
    problems.require(
        !use8bitAdam || optimizer.isEmpty() || optimizer.equals("adamw8bit"),
        "--use_8bit_adam",
        true,
        "it means --optimizer=adamw8bit, and --optimizer is " + optimizer);
    String wanted = optimizer.isEmpty() ? (use8bitAdam ? "adamw8bit" : "adamw") : optimizer;
    List<String> names = List.copyOf(rules.keySet());
    return rules.get(
        problems.choice("--optimizer", wanted, names, names.toArray(String[]::new), "adamw"));
  }
}
