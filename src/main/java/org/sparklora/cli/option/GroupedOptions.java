package org.sparklora.cli.option;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Groups the options of a command's help. Those that matter most come first, then the others under
 * the names of their mixins. (Picocli's own groups start again when an option is repeated, and
 * forget the group's other options.)
 *
 * @param first names of the options that matter most, in order
 * @param required names of options that the command needs
 */
public record GroupedOptions(List<String> first, Set<String> required)
    implements IHelpSectionRenderer {
  private static final String STANDARD = "mixinStandardHelpOptions";

  @Override
  public String render(Help help) {
    StringBuilder text = new StringBuilder();
    CommandSpec command = help.commandSpec();
    List<OptionSpec> important =
        first.stream().map(command::findOption).filter(Objects::nonNull).toList();
    append(text, help, "Most important flags (* is required)", important);
    for (Map.Entry<String, CommandSpec> mixin : command.mixins().entrySet()) {
      String heading = mixin.getKey().equals(STANDARD) ? "General" : mixin.getKey();
      List<OptionSpec> others = new ArrayList<>(mixin.getValue().options());
      others.removeIf(option -> isOneOf(important, option));
      append(text, help, heading, others);
    }
    return text.toString();
  }

  /** Whether an option is among options of a mixin, which are copies of the command's. */
  private static boolean isOneOf(List<OptionSpec> options, OptionSpec option) {
    return options.stream().anyMatch(one -> one.longestName().equals(option.longestName()));
  }

  private void append(StringBuilder text, Help help, String heading, List<OptionSpec> options) {
    List<OptionSpec> shown =
        options.stream().filter(option -> !option.hidden()).map(this::marked).toList();
    if (shown.isEmpty()) {
      return;
    }
    Help.Layout layout = help.createDefaultLayout(shown, List.of(), help.colorScheme());
    layout.addAllOptions(shown, help.createDefaultParamLabelRenderer());
    text.append(System.lineSeparator()).append(heading).append(System.lineSeparator());
    text.append(layout);
  }

  /** The option as the help shows it: picocli marks options that it knows to be required. */
  private OptionSpec marked(OptionSpec option) {
    boolean isRequired = Stream.of(option.names()).anyMatch(required::contains);
    return isRequired ? OptionSpec.builder(option).required(true).build() : option;
  }
}
