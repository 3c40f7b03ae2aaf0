package org.sparklora.bench.gpu;

import java.util.List;
import java.util.Map;

/** The result as a table for people. */
final class Table {
  private Table() {}

  /** A Markdown table under the node's facts. */
  static String text(Map<String, String> facts, List<Row> rows) {
    StringBuilder text = new StringBuilder();
    facts.forEach((name, value) -> text.append(name).append(": ").append(value).append('\n'));
    text.append("\n| part | what | value | |\n|---|---|---|---|\n");
    for (Row row : rows) {
      text.append("| ")
          .append(String.join(" | ", row.part(), row.what(), row.value(), row.verdict().text()))
          .append(" |\n");
    }
    long broken = rows.stream().filter(row -> row.verdict() == Row.Verdict.BROKEN).count();
    long kept = rows.stream().filter(row -> row.verdict() == Row.Verdict.KEPT).count();
    return text.append("\nKept: ")
        .append(kept)
        .append(", broken: ")
        .append(broken)
        .append("\n")
        .toString();
  }
}
