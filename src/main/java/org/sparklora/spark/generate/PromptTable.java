package org.sparklora.spark.generate;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.trim;

import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.sparklora.InvalidInputException;
import org.sparklora.NearestName;

/**
 * The prompts to draw: columns {@code id, prompt, negative_prompt, seed}, of which all but the
 * prompt may be null.
 */
final class PromptTable {
  private static final String ID = "id";
  private static final String PROMPT = "prompt";
  private static final String NEGATIVE_PROMPT = "negative_prompt";
  private static final String SEED = "seed";
  private static final String SEED_AS_GIVEN = "seed_as_given";

  private final PromptsConfig config;
  private final Dataset<Row> read;

  private PromptTable(PromptsConfig config, Dataset<Row> read) {
    this.config = config;
    this.read = read;
  }

  /**
   * Opens the table.
   *
   * @throws InvalidInputException (DATA) when it has no such column of prompts
   */
  static PromptTable open(SparkSession spark, PromptsConfig config, PromptFormat format) {
    String location = config.location();
    Dataset<Row> raw =
        switch (format) {
          case PARQUET -> spark.read().parquet(location);
          case CSV ->
              spark
                  .read()
                  .option("header", true)
                  .option("multiLine", true)
                  .option("escape", "\"")
                  .csv(location);
          case TXT ->
              spark
                  .read()
                  .text(location)
                  .withColumnRenamed("value", config.column())
                  .filter(trim(col(quoted(config.column()))).notEqual(""));
        };
    List<String> columns = List.of(raw.columns());
    if (find(columns, config.column()).isEmpty()) {
      throw InvalidInputException.data(
          "Missing column: %s (--prompt_column) in %s; its columns are %s%s"
              .formatted(
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
            seed.as(SEED_AS_GIVEN)));
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

  private static Column withoutPrompt() {
    return col(PROMPT).isNull().or(trim(col(PROMPT)).equalTo(""));
  }

  private static Column withoutSeed() {
    return col(SEED_AS_GIVEN).isNotNull().and(seed().isNull());
  }

  /** The rows that can be drawn. */
  Dataset<Row> rows() {
    return read.filter(withoutPrompt().or(withoutSeed()).unary_$bang())
        .select(col(ID), col(PROMPT), col(NEGATIVE_PROMPT), seed().as(SEED));
  }

  /**
   * Looks at every row.
   *
   * @param good rows that can be drawn
   * @param bad rows that cannot
   */
  record Count(long good, long bad) {}

  /**
   * Counts the rows.
   *
   * @throws InvalidInputException (DATA) when there is none to draw; or one that cannot be drawn,
   *     unless such rows are to be left out
   */
  Count size() {
    Row counts =
        read.agg(
                count(lit(1)),
                count_if(withoutPrompt()),
                count_if(withoutPrompt().unary_$bang().and(withoutSeed())))
            .first();
    long all = counts.getLong(0);
    long bad = counts.getLong(1) + counts.getLong(2);
    if (all == bad || (bad > 0 && !config.skipBad())) {
      String what =
          all == 0
              ? "there are no rows"
              : "of "
                  + all
                  + " rows "
                  + counts.getLong(1)
                  + " have no prompt and "
                  + counts.getLong(2)
                  + " a seed that is no whole number"
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

  private String firstBad() {
    Row row = read.filter(withoutPrompt().or(withoutSeed())).first();
    return ", the first with id "
        + row.getString(0)
        + ", prompt "
        + row.getString(1)
        + ", seed "
        + row.getString(3);
  }
}
