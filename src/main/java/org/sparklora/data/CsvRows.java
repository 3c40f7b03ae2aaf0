package org.sparklora.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Comma-separated values as RFC 4180 has them: cells in double quotes may hold commas, line ends,
 * and double quotes written twice.
 */
public final class CsvRows {
  /**
   * A row.
   *
   * @param line where it begins, from 1
   */
  public record CsvRow(int line, List<String> cells) {}

  private final String text;
  private int at;
  private int line = 1;

  private CsvRows(String text) {
    this.text = text;
  }

  /** Reads the rows of a text, without empty lines. */
  public static List<CsvRow> of(String text) {
    CsvRows parser = new CsvRows(text);
    List<CsvRow> rows = new ArrayList<>();
    while (parser.at < text.length()) {
      CsvRow row = parser.row();
      if (row.cells().size() > 1 || !row.cells().get(0).isEmpty()) {
        rows.add(row);
      }
    }
    return rows;
  }

  private CsvRow row() {
    int begin = line;
    List<String> cells = new ArrayList<>();
    do {
      cells.add(cell());
    } while (skips(','));
    skips('\r');
    if (skips('\n')) {
      line++;
    }
    return new CsvRow(begin, cells);
  }

  private boolean skips(char c) {
    boolean there = at < text.length() && text.charAt(at) == c;
    at += there ? 1 : 0;
    return there;
  }

  private String cell() {
    StringBuilder cell = new StringBuilder();
    boolean quoted = skips('"');
    while (at < text.length()) {
      char c = text.charAt(at);
      if (quoted && c == '"') {
        at++;
        quoted = skips('"');
        if (quoted) {
          cell.append('"');
        }
      } else if (!quoted && endsCell(c)) {
        break;
      } else {
        line += c == '\n' ? 1 : 0;
        cell.append(c);
        at++;
      }
    }
    return cell.toString();
  }

  private boolean endsCell(char c) {
    return c == ','
        || c == '\n'
        || (c == '\r' && (at + 1 == text.length() || text.charAt(at + 1) == '\n'));
  }
}
