package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A table of a page of the documentation, whose first column names flags. */
public final class FlagTable {
  private static final Pattern FLAG = Pattern.compile("`(--\\w+)`");

  private FlagTable() {}

  /** The cells of a table, by the flags of the first. */
  public static Map<String, List<String>> rows(String page, String heading) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("src/docs").resolve(page));
    Map<String, List<String>> rows = new LinkedHashMap<>();
    for (int i = lines.indexOf(heading) + 2;
        i < lines.size() && lines.get(i).startsWith("|");
        i++) {
      List<String> cells =
          List.of(lines.get(i).split("\\|", -1)).stream().skip(1).map(String::strip).toList();
      for (MatchResult flag : FLAG.matcher(cells.get(0)).results().toList()) {
        assertThat(rows.put(flag.group(1), cells)).as("twice: " + flag.group(1)).isNull();
      }
    }
    return rows;
  }
}
