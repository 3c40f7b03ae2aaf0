package org.sparklora.cli.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.sparklora.util.NearestName;
import org.sparklora.util.Redaction;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** A command's flags as keys of a file: their names without the dashes. */
public final class FlagKeys {
  static final String CONFIG = "config";

  private final Map<String, OptionSpec> options = new LinkedHashMap<>();
  private final Set<String> sections = new TreeSet<>();

  /** The keys of commands' flags. */
  public FlagKeys(List<CommandSpec> commands) {
    for (CommandSpec command : commands) {
      groups(command)
          .forEach(
              (group, members) -> {
                sections.add(section(group));
                for (OptionSpec option : members) {
                  for (String name : option.names()) {
                    options.putIfAbsent(key(name), option);
                  }
                }
              });
    }
  }

  /** The flags that set something for the command, by the groups of its help. */
  public static Map<String, List<OptionSpec>> groups(CommandSpec command) {
    Map<String, List<OptionSpec>> groups = new LinkedHashMap<>();
    command
        .mixins()
        .forEach(
            (group, mixin) -> {
              List<OptionSpec> members =
                  mixin.options().stream().filter(FlagKeys::isSetting).toList();
              if (!members.isEmpty() && !(mixin.userObject() instanceof PrintingOptions)) {
                groups.put(group, members);
              }
            });
    return groups;
  }

  /** Whether an option sets something for the command, and does not ask for help. */
  public static boolean isSetting(OptionSpec option) {
    return option.longestName().startsWith("--")
        && !option.usageHelp()
        && !option.versionHelp()
        && !key(option).equals(CONFIG);
  }

  /** The flag's own name, the first one, without dashes. */
  public static String key(OptionSpec option) {
    return key(option.names()[0]);
  }

  private static String key(String name) {
    return name.replaceFirst("^--?", "");
  }

  /** The name of a group's section, such as {@code optimizer_and_learning_rate}. */
  static String section(String group) {
    return group.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
  }

  static boolean isSecret(OptionSpec option) {
    return Redaction.isSecret(key(option));
  }

  public Optional<OptionSpec> find(String key) {
    return Optional.ofNullable(options.get(key));
  }

  boolean isSection(String key) {
    return sections.contains(key);
  }

  /** A question that follows a misspelt key; empty if no key is like it. */
  public String didYouMean(String key) {
    return FlagSynonyms.of(key, options.keySet())
        .map(near -> " Did you mean " + near + "?")
        .orElse("");
  }

  String didYouMeanSection(String key) {
    return NearestName.likely(key, new ArrayList<>(sections))
        .map(near -> " Did you mean " + near + "?")
        .orElse(" There are " + String.join(", ", sections) + ".");
  }
}
