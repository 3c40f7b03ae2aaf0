package org.sparklora.cli.dataset;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.sparklora.cli.config.Problems;
import org.sparklora.data.TableConfig;
import org.sparklora.model.folder.Locations;
import org.sparklora.util.Redaction;
import picocli.CommandLine.Option;

/** A table that Spark reads, instead of files that this program reads itself. */
final class TableOptions {
  private static final String FORMAT = "--dataset_format";
  private static final String OPTIONS = "--dataset_options";
  private static final String KEY = "--dataset_key";

  /** Forms of data that are read without Spark, wherever they are. */
  private static final Set<String> RECOGNIZED = Set.of("webdataset", "arrow");

  @Option(
      names = FORMAT,
      paramLabel = "NAME",
      description = {
        "Let Spark read --dataset_name as a table of this format: parquet, delta, iceberg, avro,"
            + " orc, jdbc or another that the session has; table for a table of the catalog, sql"
            + " for a query.",
        "Default: Parquet or picture files, which are read without Spark."
      })
  private String format = "";

  @Option(
      names = OPTIONS,
      paramLabel = "KEY=VALUE",
      description =
          "An option of --dataset_format, such as versionAsOf=3 of Delta and Iceberg; repeatable.")
  private List<String> options = new ArrayList<>();

  @Option(
      names = KEY,
      paramLabel = "NAME",
      description =
          "With --dataset_format, the column that orders the rows; each row has another value"
              + " (default: the SHA-256 of each row decides the order).")
  private String key = "";

  boolean isGiven() {
    return !format.isEmpty();
  }

  /**
   * The table.
   *
   * @param name {@code --dataset_name} as given
   */
  Optional<TableConfig> table(Problems problems, String name) {
    Map<String, String> values = new TreeMap<>();
    for (String option : options) {
      String[] parts = option.split("=", 2);
      if (parts.length < 2 || parts[0].isBlank()) {
        problems.require(false, OPTIONS, option, "it must be KEY=VALUE");
      } else if (Redaction.isSecret(parts[0])) {
        problems.unsupported(
            true,
            OPTIONS,
            parts[0]
                + " is a secret, and flags are written to model cards; set up a catalog by"
                + " spark.sql.catalog.NAME settings, and give --dataset_format=table");
      } else {
        values.put(parts[0].strip(), parts[1]);
      }
    }
    if (format.isEmpty()) {
      String why = "it goes with --dataset_format";
      problems.unsupported(!options.isEmpty(), OPTIONS, why);
      problems.unsupported(!key.isEmpty(), KEY, why);
      return Optional.empty();
    }
    String known = format.strip().toLowerCase(Locale.ROOT);
    problems.unsupported(
        RECOGNIZED.contains(known),
        FORMAT,
        known
            + "; leave the flag out: tars and Arrow files of --dataset_name are recognized by"
            + " themselves, and read without Spark");
    return Optional.of(new TableConfig(known, place(known, name), values, key));
  }

  /** A path that is valid on all machines, or a name as it is. */
  private static String place(String format, String name) {
    return name.isEmpty() || TableConfig.isNamed(format, name) ? name : Locations.absolute(name);
  }
}
