package org.sparklora.cli.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.Stack;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.cli.check.HadoopSettings;
import org.sparklora.report.event.ReportFacts;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The mixin of a command whose flags may also be given in files and in Spark's settings. The first
 * of these that has a value wins: flag, file, Spark's setting, default.
 *
 * <p>Values of files and settings are put before the command's arguments, for flags that are not
 * among these. So every flag of the command can be given there, and is checked like a flag.
 */
@SuppressWarnings("JdkObsolete") // picocli's stack
public final class ConfigurationOptions implements IParameterPreprocessor {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "A YAML file of flags, flag: value, flat or in sections; a path or a URI. Repeatable: a"
              + " later file wins. Flags win over files, files over Spark's settings"
              + " spark.lora.FLAG.")
  @SuppressWarnings("UnusedVariable") // read from the arguments before they are parsed
  private List<String> files = new ArrayList<>();

  private final Set<String> sharesFilesWith;
  private final Map<OptionSpec, Origin> origins = new HashMap<>();
  private final Map<OptionSpec, String> names = new HashMap<>();
  private final List<String> problems = new ArrayList<>();
  private CommandSpec command;
  private boolean readsSettings = true;

  public ConfigurationOptions() {
    this(Set.of());
  }

  /**
   * The mixin of a command that also reads files of other commands.
   *
   * @param sharesFilesWith names of these commands; their keys in a file are not mistakes
   */
  public ConfigurationOptions(Set<String> sharesFilesWith) {
    this.sharesFilesWith = sharesFilesWith;
  }

  @Spec(Spec.Target.MIXEE)
  void setCommand(CommandSpec command) {
    this.command = command;
    command.preprocessor(this);
  }

  /**
   * Reads no settings of Spark from now on, because another command has read them and gives them as
   * flags.
   */
  public void ignoreSettings() {
    readsSettings = false;
  }

  /** The mixin of a command, if it has one. */
  public static Optional<ConfigurationOptions> of(CommandSpec command) {
    return command.mixins().values().stream()
        .map(CommandSpec::userObject)
        .filter(ConfigurationOptions.class::isInstance)
        .map(ConfigurationOptions.class::cast)
        .findFirst();
  }

  @Override
  public boolean preprocess(
      Stack<String> args, CommandSpec spec, ArgSpec unused, Map<String, Object> info) {
    origins.clear();
    names.clear();
    problems.clear();
    Arguments arguments = Arguments.of(args, spec);
    Map<OptionSpec, Given> given = new LinkedHashMap<>();
    fromSpark().forEach(one -> given.put(one.option(), one));
    fromFiles(arguments.valuesOf("--" + FlagKeys.CONFIG))
        .forEach(one -> given.put(one.option(), one));
    List<String> inserted = new ArrayList<>();
    for (Given one : given.values()) {
      if (!arguments.options().contains(one.option())) {
        origins.put(one.option(), one.origin());
        names.put(one.option(), "--" + one.key());
        inserted.addAll(one.arguments());
      }
    }
    arguments.options().forEach(option -> origins.put(option, new Origin.Flag()));
    arguments
        .occurrences()
        .forEach((option, all) -> names.put(option, all.get(all.size() - 1).name()));
    Collections.reverse(inserted);
    inserted.forEach(args::push);
    return false;
  }

  private List<Given> fromSpark() {
    if (!readsSettings) {
      return List.of();
    }
    Map<String, String> system = new TreeMap<>();
    for (String key : System.getProperties().stringPropertyNames()) {
      system.put(key, System.getProperty(key));
    }
    return SparkLoraSettings.read(
        system,
        SparkDefaults.ofSparkSubmit(System.getenv()),
        new FlagKeys(List.of(command)),
        new FlagKeys(configurable()),
        problems);
  }

  private List<Given> fromFiles(List<String> names) {
    if (names.isEmpty()) {
      return List.of();
    }
    List<CommandSpec> readers = new ArrayList<>(List.of(command));
    configurable().stream()
        .filter(other -> sharesFilesWith.contains(other.name()))
        .forEach(readers::add);
    FlagKeys keys = new FlagKeys(readers);
    Set<OptionSpec> own = new HashSet<>(command.options());
    Configuration hadoop = HadoopSettings.load();
    List<Given> given = new ArrayList<>();
    for (String name : names) {
      ConfigFile.read(name, keys, hadoop, problems).stream()
          .filter(one -> own.contains(one.option()))
          .forEach(given::add);
    }
    return given;
  }

  /** All commands of the application that take their flags from files. */
  private List<CommandSpec> configurable() {
    List<CommandSpec> all = new ArrayList<>(List.of(command));
    command.root().subcommands().values().stream()
        .map(other -> other.getCommandSpec())
        .filter(other -> of(other).isPresent())
        .forEach(all::add);
    return all;
  }

  /**
   * The place where a flag's value was written, to follow the value in an error: {@code "
   * (train.yaml:3)"}. Empty for a flag on the command line.
   */
  public String whereGiven(String flag) {
    OptionSpec option = command.findOption(flag);
    return option == null ? "" : originOf(option).afterValue();
  }

  /** The name by which a flag was given; the flag itself if it was not given. */
  public String nameGiven(String flag) {
    return names.getOrDefault(command.findOption(flag), flag);
  }

  Origin originOf(OptionSpec option) {
    return origins.getOrDefault(option, new Origin.Default());
  }

  /**
   * Whether the value was given for this run, by a flag or a file, and not by Spark's settings for
   * everyone.
   */
  public boolean isChosen(String flag) {
    OptionSpec option = command.findOption(flag);
    return option != null
        && (originOf(option) instanceof Origin.Flag || originOf(option) instanceof Origin.FileLine);
  }

  /** Prints the values in effect. */
  public String text(PrintingOptions.Format format) {
    return SettingsText.of(settings(), format);
  }

  /** The values in effect, for a run's report. */
  public List<ReportFacts.Setting> settingsInEffect() {
    return settings().stream()
        .map(s -> new ReportFacts.Setting(s.group(), s.key(), s.text(), s.origin().toString()))
        .toList();
  }

  /** A configuration file with every flag at its default. */
  public String defaultsPage() {
    return DefaultsPage.of(command);
  }

  /** Every flag that the help shows, and hidden flags that were given. */
  List<Setting> settings() {
    List<Setting> settings = new ArrayList<>();
    FlagKeys.groups(command)
        .forEach(
            (group, options) -> {
              for (OptionSpec option : options) {
                if (!option.hidden() || origins.containsKey(option)) {
                  settings.add(setting(group, option));
                }
              }
            });
    return settings;
  }

  private Setting setting(String group, OptionSpec option) {
    String key = FlagKeys.key(option);
    String master = System.getProperty(SparkDefaults.MASTER);
    if (key.equals("master") && master != null) { // the master that this process was submitted to
      return new Setting(
          group, key, master, new Origin.SparkSetting(SparkDefaults.MASTER, Optional.empty()));
    }
    return new Setting(group, key, option.getValue(), originOf(option));
  }

  /** The problems of files, settings and the form of arguments. */
  public List<String> problems() {
    List<String> all = new ArrayList<>(problems);
    all.addAll(FlagChecks.problems(command));
    return all;
  }
}
