package org.sparklora.cli.kohya;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.sparklora.cli.config.YamlText;

/** A configuration file of what was carried over, with remarks on what was not. */
final class KohyaYaml {
  private KohyaYaml() {}

  static String of(CarriedOver result, String source) {
    StringBuilder text = new StringBuilder();
    text.append("# From ").append(source).append(". Use: spark-lora train --config THIS_FILE\n");
    result
        .values()
        .forEach((flag, value) -> text.append(flag).append(':').append(value(value)).append('\n'));
    append(text, "No equal here, so the result differs", result.missing());
    append(text, "Carried over with a difference", result.changed());
    append(text, "Without effect on the result here", result.needless());
    return text.toString();
  }

  private static String value(Object value) {
    if (value instanceof List<?> list && list.get(0) instanceof Map<?, ?>) {
      return list.stream()
          .map(one -> "\n  - " + YamlText.ofTexts(one))
          .collect(Collectors.joining());
    }
    return " " + YamlText.ofTexts(value);
  }

  private static void append(StringBuilder text, String heading, List<CarriedOver.Remark> remarks) {
    if (remarks.isEmpty()) {
      return;
    }
    text.append("\n# ").append(heading).append(":\n");
    for (CarriedOver.Remark remark : remarks) {
      for (String line : YamlText.comment("# -", "#  ", remark.setting() + ": " + remark.why())) {
        text.append(line).append('\n');
      }
    }
  }
}
