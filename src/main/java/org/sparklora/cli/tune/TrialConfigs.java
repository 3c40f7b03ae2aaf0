package org.sparklora.cli.tune;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.sparklora.cli.config.FlagKeys;
import org.sparklora.cli.config.Problems;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.tune.Trial;
import org.sparklora.util.InvalidInputException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Makes each trial's configuration, as {@code train} makes it of the same flags. */
public final class TrialConfigs {
  private final List<OptionSpec> given;
  private final Function<List<String>, TrainingConfig> train;

  /**
   * @param parsed flags that all trials share
   * @param searchOptions names of flags that train does not have
   * @param train makes the configuration of a command line of {@code train}
   */
  public TrialConfigs(
      ParseResult parsed, Set<String> searchOptions, Function<List<String>, TrainingConfig> train) {
    this.given =
        parsed.matchedOptions().stream()
            .filter(option -> FlagKeys.isSetting(option))
            .filter(option -> !searchOptions.contains(FlagKeys.key(option)))
            .toList();
    this.train = train;
  }

  /**
   * The trials.
   *
   * @param searched flags of each trial
   */
  public List<Trial> of(Problems problems, List<Map<String, String>> searched) {
    List<Trial> trials = new ArrayList<>();
    Set<String> found = new LinkedHashSet<>();
    for (Map<String, String> flags : searched) {
      try {
        trials.add(new Trial(trials.size() + 1, flags, train.apply(arguments(flags))));
      } catch (InvalidInputException e) {
        found.addAll(e.problems());
      }
    }
    found.forEach(problems::add);
    return trials;
  }

  private List<String> arguments(Map<String, String> searched) {
    List<String> arguments = new ArrayList<>();
    for (OptionSpec option : given) {
      String name = FlagKeys.key(option);
      List<String> values = option.stringValues();
      if (!searched.containsKey(name)) {
        (option.isMultiValue() ? values : values.subList(values.size() - 1, values.size()))
            .forEach(value -> arguments.add("--" + name + "=" + value));
      }
    }
    searched.forEach((name, value) -> arguments.add("--" + name + "=" + value));
    return arguments;
  }
}
