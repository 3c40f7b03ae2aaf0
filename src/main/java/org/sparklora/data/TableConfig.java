package org.sparklora.data;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A table that Spark reads.
 *
 * @param format {@code --dataset_format}: {@link #TABLE}, {@link #SQL}, or a format of Spark's
 * @param name {@code --dataset_name}: a path, the name of a table, or a query
 * @param options {@code --dataset_options} of the format
 * @param key {@code --dataset_key}, the column that orders the rows; empty for an order that the
 *     rows' content decides
 */
public record TableConfig(String format, String name, Map<String, String> options, String key) {
  /** A table of the session's catalog. */
  public static final String TABLE = "table";

  /** A query. */
  public static final String SQL = "sql";

  /** Rows that a caller hands over. */
  public static final String DATA_FRAME = "dataframe";

  /** Formats whose tables have names and no paths. */
  private static final Set<String> NAMED = Set.of(TABLE, SQL, "jdbc");

  public TableConfig {
    options = Map.copyOf(options);
  }

  /** Whether the name is that of a table, or a query, and no path. */
  public static boolean isNamed(String format, String name) {
    return NAMED.contains(format) || (format.equals("iceberg") && !name.contains("/"));
  }

  /** The same with one option more. */
  public TableConfig with(String option, String value) {
    Map<String, String> more = new TreeMap<>(options);
    more.put(option, value);
    return new TableConfig(format, name, more, key);
  }

  /** Whether an option is given, in whatever case. */
  public boolean has(String option) {
    return options.keySet().stream().anyMatch(option::equalsIgnoreCase);
  }

  /** The options as {@code --dataset_options} takes them. */
  public String optionsText() {
    return new TreeMap<>(options)
        .entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .collect(Collectors.joining(","));
  }
}
