package org.sparklora.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.sparklora.Redaction;
import org.sparklora.report.ReportFacts;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Every flag of a command with its value and where that comes from, for a run's report. */
final class SettingsInEffect {
  private SettingsInEffect() {}

  static List<ReportFacts.Setting> of(CommandSpec command) {
    List<ReportFacts.Setting> settings = new ArrayList<>();
    command
        .mixins()
        .forEach(
            (group, mixin) -> {
              for (OptionSpec option : mixin.options()) {
                OptionSpec own = command.findOption(option.names()[0]);
                boolean given = command.commandLine().getParseResult().hasMatchedOption(own);
                if (isToShow(own, given)) {
                  settings.add(setting(group, own, given));
                }
              }
            });
    return settings;
  }

  private static boolean isToShow(OptionSpec option, boolean given) {
    return given || !(option.hidden() || option.usageHelp() || option.versionHelp());
  }

  private static ReportFacts.Setting setting(String group, OptionSpec option, boolean given) {
    String name = option.names()[0].replaceFirst("^--?", "");
    return new ReportFacts.Setting(
        group,
        name,
        Redaction.isSecret(name) ? "***" : text(option.getValue()),
        given ? "flag" : "default");
  }

  private static String text(Object value) {
    if (value instanceof Collection<?> many) {
      return many.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
    return value == null ? "" : String.valueOf(value);
  }
}
