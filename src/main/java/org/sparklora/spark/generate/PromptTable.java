package org.sparklora.spark.generate;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.is_valid_utf8;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.sparklora.data.caption.CaptionText;
import org.sparklora.data.file.LiteralPath;
import org.sparklora.spark.table.PinnedTable;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.NearestName;

/**
 * The prompts to draw: columns {@code id, prompt, negative_prompt, seed}. All except the prompt may
 * be null.
 */
final class PromptTable {
  /** A header of more columns is none: a quote is missing, or the file is another. */
  static final int MOST_COLUMNS = 20_000;

  private static final int MOST_QUOTED = 100;

  /** Picture k of a prompt has the seed SEED + k, which must be a 64-bit number. */
  private static final long MOST_IMAGES = 1_000_000;

  private static final String ID = "id";
  private static final String PROMPT = "prompt";
  private static final String NEGATIVE_PROMPT = "negative_prompt";
  private static final String SEED = "seed";
  private static final String SEED_AS_GIVEN = "seed_as_given";
  private static final String MALFORMED = "_malformed_row";

  private final PromptsConfig config;
  private final Dataset<Row> read;

  private PromptTable(PromptsConfig config, Dataset<Row> read) {
    this.config = config;
    this.read = read;
  }

  /**
   * Opens the table.
   *
   * @param format of its files; empty for a table that the configuration names
   * @throws InvalidInputException (DATA) when it does not have the column of prompts
   */
  static PromptTable open(SparkSession spark, PromptsConfig config, Optional<PromptFormat> format) {
    String location = config.location();
    Dataset<Row> raw =
        format
            .map(known -> files(spark, config, known))
            .orElseGet(
                () ->
                    PinnedTable.open(
                            spark, config.table().orElseThrow(), "--prompts", "--prompts_format")
                        .rows());
    List<String> columns =
        Arrays.stream(raw.columns()).filter(name -> !name.equals(MALFORMED)).toList();
    if (find(columns, config.column()).isEmpty()) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Missing column: %s (--prompt_column) in %s; its columns are %s%s",
              config.column(),
              location,
              String.join(", ", columns),
              NearestName.likely(config.column(), columns)
                  .map(name -> ", did you mean " + name + "?")
                  .orElse("")));
    }
    Column seed = text(columns, SEED);
    return new PromptTable(
        config,
        raw.select(
            text(columns, ID).as(ID),
            text(columns, config.column()).as(PROMPT),
            coalesce(text(columns, NEGATIVE_PROMPT), lit(config.negativePrompt()))
                .as(NEGATIVE_PROMPT),
            seed.as(SEED_AS_GIVEN),
            text(List.of(raw.columns()), MALFORMED).as(MALFORMED)));
  }

  private static Dataset<Row> files(SparkSession spark, PromptsConfig config, PromptFormat format) {
    String path = LiteralPath.of(config.location());
    return switch (format) {
      case PARQUET -> spark.read().parquet(path);
      case CSV -> csv(spark, path);
      case TXT ->
          spark
              .read()
              .text(path)
              .withColumnRenamed("value", config.column())
              .filter(isBlank(col(quoted(config.column()))).unary_$bang());
    };
  }

  /** Reads CSV, with a column that marks rows that have more or fewer cells than the header. */
  private static Dataset<Row> csv(SparkSession spark, String location) {
    DataFrameReader reader =
        spark
            .read()
            .option("header", true)
            .option("multiLine", true)
            .option("escape", "\"")
            // A quote that is not closed would take the rest of the file into memory.
            .option("maxCharsPerColumn", PromptLines.MOST_BYTES)
            .option("maxColumns", MOST_COLUMNS)
            .option("columnPruning", false);
    // To find the columns, Spark treats file names as patterns once more, but only if it looks for
    // rows of several lines.
    boolean patterns =
        Arrays.stream(spark.read().text(location).inputFiles())
            .map(file -> new Path(URI.create(file)).toString())
            .anyMatch(file -> !LiteralPath.of(file).equals(file));
    StructType header =
        (patterns
                ? spark
                    .read()
                    .option("header", true)
                    .option("escape", "\"")
                    .option("maxColumns", MOST_COLUMNS)
                : reader)
            .csv(location)
            .schema();
    return reader
        .schema(header.add(MALFORMED, DataTypes.StringType))
        .option("columnNameOfCorruptRecord", MALFORMED)
        .csv(location);
  }

  private static Optional<String> find(List<String> columns, String name) {
    return columns.stream().filter(name::equalsIgnoreCase).findFirst();
  }

  private static Column text(List<String> columns, String name) {
    return find(columns, name).map(found -> col(quoted(found))).orElse(lit(null)).cast("string");
  }

  private static String quoted(String column) {
    return "`" + column.replace("`", "``") + "`";
  }

  private static Column seed() {
    return expr("try_cast(" + SEED_AS_GIVEN + " as bigint)");
  }

  /**
   * Marks rows of which only a part of the prompt is left: a comma was not quoted, or the text has
   * another encoding.
   */
  private static Column unreadable() {
    return col(MALFORMED)
        .isNotNull()
        .or(col(PROMPT).contains("\uFFFD"))
        .or(is_valid_utf8(col(PROMPT)).unary_$bang());
  }

  private static Column withoutPrompt() {
    return col(PROMPT).isNull().or(isBlank(col(PROMPT)));
  }

  /** Whether a text is invisible, as with captions. */
  private static Column isBlank(Column text) {
    UDF1<String, Boolean> blank = value -> value != null && CaptionText.isBlank(value);
    return udf(blank, DataTypes.BooleanType).apply(text);
  }

  private static Column withoutSeed() {
    return col(SEED_AS_GIVEN)
        .isNotNull()
        .and(seed().isNull().or(seed().gt(lit(Long.MAX_VALUE - MOST_IMAGES))));
  }

  private static Column bad() {
    return coalesce(unreadable(), lit(false)).or(withoutPrompt()).or(withoutSeed());
  }

  /** The rows that can be drawn. */
  Dataset<Row> rows() {
    return read.filter(bad().unary_$bang())
        .select(col(ID), col(PROMPT), col(NEGATIVE_PROMPT), seed().as(SEED));
  }

  /**
   * The number of rows.
   *
   * @param good rows that can be drawn
   * @param bad rows that cannot
   */
  record Count(long good, long bad) {}

  /**
   * Counts the rows.
   *
   * @throws InvalidInputException (DATA) when there is no row to draw, or one that cannot be drawn,
   *     unless such rows are left out
   */
  Count size() {
    Row counts =
        read.agg(
                count(lit(1)),
                count_if(bad()),
                count_if(withoutPrompt()),
                count_if(withoutPrompt().unary_$bang().and(withoutSeed())),
                count_if(unreadable()))
            .first();
    long all = counts.getLong(0);
    long bad = counts.getLong(1);
    if (all == bad || (bad > 0 && !config.skipBad())) {
      String what =
          all == 0
              ? "there are no rows"
              : "of "
                  + all
                  + " rows "
                  + counts.getLong(2)
                  + " have no prompt and "
                  + counts.getLong(3)
                  + " a seed that is no whole number"
                  + unreadable(counts.getLong(4))
                  + firstBad();
      throw InvalidInputException.data(
          "Invalid --prompts: "
              + config.location()
              + ": "
              + what
              + (all == bad ? "" : "; mend it or pass --on_bad_prompt skip"));
    }
    return new Count(all - bad, bad);
  }

  private static String unreadable(long rows) {
    return rows == 0
        ? ""
        : ", "
            + rows
            + " other cells than the header (quote prompts with commas) or text that is not UTF-8";
  }

  private String firstBad() {
    Row row = read.filter(bad()).first();
    return ", the first with id "
        + beginning(row.getString(0))
        + ", prompt "
        + beginning(row.getString(1))
        + ", seed "
        + beginning(row.getString(3));
  }

  private static String beginning(String text) {
    return text == null || text.length() <= MOST_QUOTED
        ? text
        : text.substring(0, MOST_QUOTED) + "... (" + text.length() + " characters)";
  }
}
