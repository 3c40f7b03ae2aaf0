package org.sparklora.cli.kohya;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What becomes of one of their settings.
 *
 * @param flag of this program, for {@link How#SAME}
 * @param why it is as it is, or what to do
 */
public record KohyaKey(String name, How how, String flag, String why) {
  /** How a setting carries over. */
  public enum How {
    /** A flag here means the same. */
    SAME,
    /** What it becomes depends on others. */
    RULE,
    /** It has no effect on the result here. */
    NEEDLESS,
    /** It has no equal here, and the result differs. */
    MISSING
  }

  private static final String TO = "to ";

  /** All that are known, by name. */
  public static Map<String, KohyaKey> all() {
    Map<String, KohyaKey> keys = new LinkedHashMap<>();
    try (InputStream table = KohyaKey.class.getResourceAsStream("keys.tsv")) {
      String text = new String(table.readAllBytes(), StandardCharsets.UTF_8);
      text.lines()
          .filter(line -> !line.startsWith("#"))
          .map(KohyaKey::of)
          .forEach(key -> keys.put(key.name(), key));
    } catch (IOException e) {
      throw new UncheckedIOException("The table of sd-scripts' settings cannot be read", e);
    }
    return keys;
  }

  private static KohyaKey of(String line) {
    String[] cells = line.split("\t", -1);
    String why = cells.length > 2 ? cells[2] : "";
    return switch (cells[1]) {
      case "same" -> new KohyaKey(cells[0], How.SAME, cells[0], why);
      case "rule" -> new KohyaKey(cells[0], How.RULE, "", why);
      case "needless" -> new KohyaKey(cells[0], How.NEEDLESS, "", why);
      case "missing" -> new KohyaKey(cells[0], How.MISSING, "", why);
      default -> {
        if (!cells[1].startsWith(TO)) {
          throw new IllegalStateException("keys.tsv: " + line);
        }
        yield new KohyaKey(cells[0], How.SAME, cells[1].substring(TO.length()), why);
      }
    };
  }
}
