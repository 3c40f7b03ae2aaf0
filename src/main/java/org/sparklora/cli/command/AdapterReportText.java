package org.sparklora.cli.command;

import java.io.PrintWriter;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.sparklora.cli.target.AdapterText;
import org.sparklora.lora.combine.BlockNorms;

/** Prints an {@link AdapterReport} for people. */
record AdapterReportText(PrintWriter out) {
  private static final int MOST_CHARACTERS = 76;

  void print(AdapterReport report) {
    out.println(report.path());
    line("format", report.format());
    line("size", AdapterText.size(report.bytes()));
    line("values", report.types().stream().map(Enum::name).collect(Collectors.joining(", ")));
    line("base model", report.baseModel().orElse("not said"));
    line("parameters", String.format(Locale.ROOT, "%,d", report.parameters()));
    for (AdapterReport.NetworkPart network : report.networks()) {
      line(
          name(network.network()),
          network.modules()
              + " modules, rank "
              + counted(new TreeMap<>(network.ranks()))
              + ", alpha "
              + counted(new TreeMap<>(network.alphas()))
              + dora(network));
    }
    for (AdapterReport.RelativePart part : report.relative()) {
      String sizes =
          part.sizes().entrySet().stream()
              .map(size -> size.getKey() + " (" + size.getValue() + ")")
              .collect(Collectors.joining(", "));
      line(name(part.network()), part.modules() + " modules of " + part.kind() + ": " + sizes);
    }
    for (AdapterReport.Token token : report.tokens()) {
      String vectors = token.vectors() == 1 ? " vector of " : " vectors of ";
      line("learned token", token.token() + ", " + token.vectors() + vectors + token.width());
    }
    if (!report.blocks().isEmpty()) {
      out.println("  norm of the updates");
      report.blocks().forEach(this::printBlock);
    }
    if (!report.metadata().isEmpty()) {
      out.println("  metadata");
      report.metadata().forEach((key, value) -> out.println("    " + key + ": " + shown(value)));
    }
  }

  private static String dora(AdapterReport.NetworkPart network) {
    return network.dora() == 0
        ? ""
        : network.dora() == network.modules() ? ", DoRA" : ", DoRA (" + network.dora() + ")";
  }

  private void printBlock(BlockNorms.Block block) {
    out.printf(
        Locale.ROOT,
        "    %-13s %-16s %4d modules %12.4f%n",
        name(block.network()),
        block.block(),
        block.modules(),
        block.norm());
  }

  private void line(String what, String value) {
    out.printf(Locale.ROOT, "  %-14s %s%n", what, value);
  }

  private static String name(Enum<?> network) {
    return network.name().toLowerCase(Locale.ROOT);
  }

  /** The one value, or each with its number of modules. */
  private static String counted(Map<? extends Number, Integer> counts) {
    Iterator<? extends Number> values = counts.keySet().iterator();
    return counts.size() == 1
        ? number(values.next())
        : counts.entrySet().stream()
            .map(count -> number(count.getKey()) + " (" + count.getValue() + ")")
            .collect(Collectors.joining(", "));
  }

  private static String number(Number value) {
    double number = value.doubleValue();
    return number == Math.rint(number)
        ? String.valueOf(Math.round(number))
        : String.valueOf(value.floatValue());
  }

  /** A value in one line, shortened if it is long. */
  private static String shown(String value) {
    String line = value.replaceAll("[\\p{Cntrl}]+", " ");
    return line.length() <= MOST_CHARACTERS
        ? line
        : line.substring(0, MOST_CHARACTERS) + "... (" + value.length() + " characters)";
  }
}
