package org.sparklora.cli.tune;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.sparklora.cli.check.HadoopSettings;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.target.Location;
import org.sparklora.data.CsvRows;
import org.sparklora.store.StoreFile;

/** Reads trials from a table: a column for each flag, a row for each trial. */
final class TrialsTable {
  private static final String FLAG = "--trials_table";
  private static final String PARQUET = "PAR1";

  private TrialsTable() {}

  /** The flags of each trial; those of empty cells are left out. */
  static List<Map<String, String>> read(Problems problems, SearchedFlags flags, String name) {
    try {
      return trials(problems, flags, name, rows(name));
    } catch (IOException | RuntimeException e) {
      problems.add("Cannot read " + FLAG + ": " + name + ": " + e.getMessage());
      return List.of();
    }
  }

  private static List<List<String>> rows(String name) throws IOException {
    Configuration hadoop = HadoopSettings.load();
    Path file = new Path(Location.resolve(name));
    byte[] bytes =
        StoreFile.of(file, hadoop).read().orElseThrow(() -> new IOException("there is no file"));
    String text = new String(bytes, StandardCharsets.UTF_8);
    return text.startsWith(PARQUET)
        ? parquet(file, hadoop)
        : CsvRows.of(text.replaceFirst("^\uFEFF", "")).stream().map(CsvRows.CsvRow::cells).toList();
  }

  private static List<List<String>> parquet(Path file, Configuration hadoop) throws IOException {
    List<List<String>> rows = new ArrayList<>();
    try (ParquetReader<Group> reader =
        ParquetReader.builder(new GroupReadSupport(), file).withConf(hadoop).build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        List<String> cells = new ArrayList<>();
        int columns = row.getType().getFieldCount();
        if (rows.isEmpty()) {
          List<String> names = new ArrayList<>();
          for (int i = 0; i < columns; i++) {
            names.add(row.getType().getFieldName(i));
          }
          rows.add(names);
        }
        for (int i = 0; i < columns; i++) {
          cells.add(row.getFieldRepetitionCount(i) == 0 ? "" : row.getValueToString(i, 0));
        }
        rows.add(cells);
      }
    }
    return rows;
  }

  private static List<Map<String, String>> trials(
      Problems problems, SearchedFlags flags, String name, List<List<String>> rows) {
    if (rows.size() < 2) {
      problems.add("Invalid " + FLAG + ": " + name + "; it has no row below its names of flags");
      return List.of();
    }
    List<String> columns = new ArrayList<>();
    for (String column : rows.get(0)) {
      Optional<String> flag = flags.searchable(problems, FLAG, column);
      flag.filter(columns::contains)
          .ifPresent(
              twice -> problems.add("Invalid " + FLAG + ": " + twice + "; it is there twice"));
      flag.ifPresent(columns::add);
    }
    List<Map<String, String>> trials = new ArrayList<>();
    for (int i = 1; i < rows.size(); i++) {
      List<String> cells = rows.get(i);
      if (cells.size() != rows.get(0).size()) {
        problems.add(
            String.format(
                java.util.Locale.ROOT,
                "Invalid %s: row %d of %s has %d cells; it must have %d",
                FLAG,
                i,
                name,
                cells.size(),
                rows.get(0).size()));
        continue;
      }
      if (columns.size() == cells.size()) {
        trials.add(trial(columns, cells));
      }
    }
    return trials;
  }

  private static Map<String, String> trial(List<String> columns, List<String> cells) {
    Map<String, String> trial = new LinkedHashMap<>();
    for (int column = 0; column < columns.size(); column++) {
      String value = cells.get(column).strip();
      if (!value.isEmpty()) {
        trial.put(columns.get(column), value);
      }
    }
    return trial;
  }
}
