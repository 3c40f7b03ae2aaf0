package org.sparklora.cli.config;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** A configuration file of every flag of a command at its default, described as in its help. */
final class DefaultsPage {
  private DefaultsPage() {}

  static String of(CommandSpec command) {
    StringBuilder text = new StringBuilder();
    text.append("# Every flag of ").append(command.name()).append(" at its default:\n");
    text.append("#   spark-lora config ").append(command.name()).append(" --defaults\n");
    text.append("# Sections are for readers; a flag may also stand without one. What is commented");
    text.append(" out has no value by default.\n");
    FlagKeys.groups(command)
        .forEach(
            (group, options) -> {
              List<OptionSpec> shown = options.stream().filter(o -> !o.hidden()).toList();
              if (!shown.isEmpty()) {
                text.append('\n').append(FlagKeys.section(group)).append(":\n");
                shown.forEach(option -> append(text, group, option));
              }
            });
    return text.toString();
  }

  private static void append(StringBuilder text, String group, OptionSpec option) {
    Setting setting =
        new Setting(group, FlagKeys.key(option), option.initialValue(), new Origin.Default());
    String description = description(option, setting.isSet());
    for (String line : YamlText.comment("  #", "  #", description)) {
      text.append(line).append('\n');
    }
    if (FlagKeys.isSecret(option)) {
      text.append("  # A secret: not in a file.\n");
    }
    text.append("  ").append(setting.isSet() ? "" : "# ").append(setting.key()).append(": ");
    text.append(
        setting.isSet() ? YamlText.of(setting.value(), setting.texts()) : option.paramLabel());
    text.append('\n');
  }

  /** The description in the help, without the default if that is written below it. */
  private static String description(OptionSpec option, boolean isSet) {
    String text = String.join(" ", option.description());
    return isSet ? text.replaceFirst(" ?\\(default: [^()]*\\)", "") : text;
  }
}
