package org.sparklora.spark.table;

import static org.apache.spark.sql.functions.col;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.TableConfig;
import org.sparklora.data.file.FolderFiles;
import org.sparklora.data.file.FoundFile;
import org.sparklora.data.file.LiteralPath;
import org.sparklora.data.file.TableFormat;
import org.sparklora.util.FirstCause;
import org.sparklora.util.InvalidInputException;

/**
 * A table as Spark reads it. A table of Delta or Iceberg is read at one version, which stays the
 * same while others write to it.
 *
 * @param read the table; if it has versions, with the option that names the version read
 */
public record PinnedTable(Dataset<Row> rows, TableConfig read) {
  private static final Logger LOG = LoggerFactory.getLogger(PinnedTable.class);
  private static final Pattern COMMIT = Pattern.compile("(\\d{20})\\.json");

  /**
   * Formats that Spark reads from plain files. Spark treats their location as a pattern of names.
   */
  private static final Set<String> FILES =
      Set.of("parquet", "orc", "avro", "csv", "json", "text", "binaryFile");

  private static final String VERSION = "versionAsOf";
  private static final String TIME = "timestampAsOf";

  /**
   * Opens the table of a data set.
   *
   * @throws InvalidInputException (DATA) when Spark cannot read it
   */
  public static PinnedTable open(SparkSession spark, TableConfig table) {
    return open(spark, table, "--dataset_name", "--dataset_format");
  }

  /**
   * Opens a table.
   *
   * @param nameFlag the flag that names it, for messages
   * @param formatFlag the flag with its format
   * @throws InvalidInputException (DATA) when Spark cannot read it
   */
  public static PinnedTable open(
      SparkSession spark, TableConfig table, String nameFlag, String formatFlag) {
    try {
      requireNoTable(table, nameFlag, spark.sparkContext().hadoopConfiguration());
      TableConfig pinned = pinned(spark, table);
      return new PinnedTable(rows(spark, pinned), pinned);
    } catch (InvalidInputException e) {
      throw e;
    } catch (Exception e) {
      // Spark throws checked exceptions that Scala does not declare.
      throw InvalidInputException.data(
          "Cannot read "
              + nameFlag
              + ": "
              + table.name()
              + " as "
              + formatFlag
              + " "
              + table.format()
              + ": "
              + FirstCause.of(e).lines().findFirst().orElse("")
              + "; formats that Spark does not bring need their jar, by --jars",
          e);
    }
  }

  private static Dataset<Row> rows(SparkSession spark, TableConfig table) {
    DataFrameReader reader = spark.read().options(table.options());
    return switch (table.format()) {
      case TableConfig.TABLE -> reader.table(table.name());
      case TableConfig.SQL -> spark.sql(table.name());
      case "jdbc" -> reader.format("jdbc").option("dbtable", table.name()).load();
      default ->
          reader
              .format(table.format())
              .load(FILES.contains(table.format()) ? LiteralPath.of(table.name()) : table.name());
    };
  }

  /**
   * Refuses plain files that belong to a table with a log, because they may hold rows that were
   * removed.
   */
  private static void requireNoTable(TableConfig table, String nameFlag, Configuration hadoop)
      throws IOException {
    if (!FILES.contains(table.format())) {
      return;
    }
    Path root = new Path(table.name());
    FileSystem files = root.getFileSystem(hadoop);
    Path qualified = files.makeQualified(root);
    List<FoundFile> found = FolderFiles.list(files, qualified).files();
    TableFormat.refuse(nameFlag, files, qualified, found.stream().map(FoundFile::name).toList());
  }

  private static TableConfig pinned(SparkSession spark, TableConfig table) throws IOException {
    Optional<TableConfig> pinned =
        switch (table.format()) {
          case "delta" -> delta(table, spark.sparkContext().hadoopConfiguration());
          case "iceberg" -> iceberg(spark, table);
          default -> Optional.empty();
        };
    pinned.ifPresent(it -> LOG.info("Reading {} at {}", it.name(), it.optionsText()));
    return pinned.orElse(table);
  }

  /** Returns a Delta table at the newest commit of its log. */
  private static Optional<TableConfig> delta(TableConfig table, Configuration hadoop)
      throws IOException {
    if (table.has(VERSION) || table.has(TIME)) {
      return Optional.empty();
    }
    Path log = new Path(table.name(), "_delta_log");
    try {
      OptionalLong newest =
          Arrays.stream(log.getFileSystem(hadoop).listStatus(log))
              .map(file -> COMMIT.matcher(file.getPath().getName()))
              .filter(Matcher::matches)
              .mapToLong(name -> Long.parseLong(name.group(1)))
              .max();
      return newest.isPresent()
          ? Optional.of(table.with(VERSION, String.valueOf(newest.getAsLong())))
          : Optional.empty();
    } catch (FileNotFoundException e) {
      return Optional.empty(); // Delta itself reports this
    }
  }

  /** Returns an Iceberg table at the current snapshot of the branch main. */
  private static Optional<TableConfig> iceberg(SparkSession spark, TableConfig table) {
    boolean chosen = Stream.of(VERSION, TIME, "branch", "tag").anyMatch(table::has);
    if (chosen) {
      return Optional.empty();
    }
    boolean path = table.name().contains("/");
    return spark
        .read()
        .format("iceberg")
        .load(table.name() + (path ? "#refs" : ".refs"))
        .filter(col("name").equalTo("main"))
        .select(col("snapshot_id").cast("string"))
        .collectAsList()
        .stream()
        .findFirst()
        .map(row -> table.with(VERSION, row.getString(0)));
  }
}
