package org.sparklora.cli.target;

import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.lora.relative.RelativeModule;

/** Describes adapters in a few words. */
public final class AdapterText {
  private static final List<String> UNITS = List.of("kB", "MB", "GB");

  private AdapterText() {}

  /** The format and the text of {@link #content}. */
  public static String summary(AdapterFile file) {
    return file.format() + ", " + content(file.adapter());
  }

  /** Modules, ranks and learned tokens. */
  public static String content(Adapter adapter) {
    String relative =
        relative(adapter.relative()).entrySet().stream()
            .map(kind -> modules(kind.getValue()) + " of " + kind.getKey())
            .collect(Collectors.joining(", "));
    return relative.isEmpty()
        ? plain(adapter)
        : adapter.modules().isEmpty() && adapter.tokens().isEmpty()
            ? relative
            : plain(adapter) + ", " + relative;
  }

  /** The number of modules of each kind of update that depends on the base model. */
  public static Map<String, Integer> relative(List<RelativeModule> modules) {
    Map<String, Integer> kinds = new TreeMap<>();
    modules.forEach(module -> kinds.merge(module.update().kind(), 1, Integer::sum));
    return kinds;
  }

  private static String modules(int count) {
    return count + (count == 1 ? " module" : " modules");
  }

  private static String plain(Adapter adapter) {
    String modules =
        modules(adapter.modules().size())
            + (adapter.modules().isEmpty() ? "" : " of rank " + ranks(adapter.modules()))
            + (adapter.modules().stream().anyMatch(AdaptedModule::isDora) ? ", DoRA" : "");
    return adapter.tokens().isEmpty()
        ? modules
        : modules
            + ", learned "
            + String.join(", ", adapter.tokens().stream().map(token -> token.token()).toList());
  }

  /** The ranks of modules: {@code 4}, or {@code 1 to 8}. */
  public static String ranks(List<AdaptedModule> modules) {
    IntSummaryStatistics ranks = modules.stream().mapToInt(AdaptedModule::rank).summaryStatistics();
    return ranks.getMin() == ranks.getMax()
        ? String.valueOf(ranks.getMin())
        : ranks.getMin() + " to " + ranks.getMax();
  }

  /** A size, such as {@code 3.2 MB}. */
  public static String size(long bytes) {
    double size = bytes;
    String unit = "bytes";
    for (int i = 0; i < UNITS.size() && size >= 1000; i++) {
      size /= 1000;
      unit = UNITS.get(i);
    }
    return unit.equals("bytes")
        ? bytes + " bytes"
        : String.format(Locale.ROOT, "%.1f %s", size, unit);
  }
}
