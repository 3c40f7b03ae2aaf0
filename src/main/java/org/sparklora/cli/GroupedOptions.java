package org.sparklora.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The options of a command's help, under the names of the mixins they come from. (Picocli's own
 * groups start anew when an option is repeated, and forget the group's others.)
 */
final class GroupedOptions implements IHelpSectionRenderer {
  private static final String STANDARD = "mixinStandardHelpOptions";

  @Override
  public String render(Help help) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, CommandSpec> mixin : help.commandSpec().mixins().entrySet()) {
      String heading = mixin.getKey().equals(STANDARD) ? "General" : mixin.getKey();
      List<OptionSpec> shown =
          mixin.getValue().options().stream().filter(option -> !option.hidden()).toList();
      Help.Layout layout = help.createDefaultLayout(shown, List.of(), help.colorScheme());
      layout.addAllOptions(shown, help.createDefaultParamLabelRenderer());
      text.append(System.lineSeparator()).append(heading).append(System.lineSeparator());
      text.append(layout);
    }
    return text.toString();
  }
}
