package org.sparklora.cli.config;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/** Prints values in effect, each with its origin. */
final class SettingsText {
  private static final int WIDEST = 40;

  private SettingsText() {}

  static String of(List<Setting> settings, PrintingOptions.Format format) {
    return switch (format) {
      case TABLE -> table(settings);
      case YAML -> yaml(settings);
      case JSON -> json(settings);
    };
  }

  private static String table(List<Setting> settings) {
    int key = settings.stream().mapToInt(s -> s.key().length()).max().orElse(1);
    int value =
        settings.stream().mapToInt(s -> Math.min(WIDEST, shown(s).length())).max().orElse(1);
    StringBuilder text = new StringBuilder();
    String group = "";
    for (Setting setting : settings) {
      if (!setting.group().equals(group)) {
        text.append(group.isEmpty() ? "" : "\n").append(setting.group()).append('\n');
        group = setting.group();
      }
      String form = "  %-" + key + "s  %-" + value + "s  %s\n";
      text.append(
          String.format(Locale.ROOT, form, setting.key(), shown(setting), setting.origin()));
    }
    return text.toString();
  }

  private static String shown(Setting setting) {
    return setting.isSet() ? setting.text().replaceAll("\\R", "\\\\n") : "-";
  }

  private static String yaml(List<Setting> settings) {
    StringBuilder text = new StringBuilder();
    String group = "";
    for (Setting setting : settings) {
      if (!setting.isSet()) {
        continue;
      }
      if (!setting.group().equals(group)) {
        text.append(FlagKeys.section(setting.group())).append(":\n");
        group = setting.group();
      }
      text.append("  ")
          .append(setting.isSecret() ? "# a secret is set: " : "")
          .append(setting.key())
          .append(": ")
          .append(
              setting.isSecret() ? Setting.HIDDEN : YamlText.of(setting.value(), setting.texts()))
          .append("  # ")
          .append(setting.origin())
          .append('\n');
    }
    return text.toString();
  }

  private static String json(List<Setting> settings) {
    ArrayNode all = JSON.createArrayNode();
    for (Setting setting : settings) {
      ObjectNode one = all.addObject();
      one.put("flag", setting.key()).put("group", setting.group());
      if (!setting.isSet()) {
        one.putNull("value");
      } else if (setting.isSecret()) {
        one.put("value", Setting.HIDDEN);
      } else if (setting.value() instanceof Number || setting.value() instanceof Boolean) {
        one.putPOJO("value", setting.value());
      } else if (setting.value() instanceof Iterable<?>) {
        ArrayNode values = one.putArray("value");
        setting.texts().forEach(values::add);
      } else {
        one.put("value", setting.text());
      }
      one.put("from", setting.origin().toString());
    }
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Plain values cannot be written as JSON", e);
    }
  }
}
