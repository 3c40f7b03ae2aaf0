package org.sparklora.spark.table;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.conv;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_distinct;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.substring;
import static org.apache.spark.sql.functions.sum;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.DataConfig;
import org.sparklora.data.file.LiteralPath;
import org.sparklora.util.ContentHash;
import org.sparklora.util.InvalidInputException;

/**
 * A table's copy in plain Parquet files. Its rows are in the order of a key, or of their SHA-256.
 * Either way the rows alone decide: the same rows give the same bytes, in whatever files and order
 * the table has them.
 *
 * <p>The copy's name is a hash of all its rows. A table with the same rows is not copied again.
 */
public final class TableCopy {
  private static final Logger LOG = LoggerFactory.getLogger(TableCopy.class);
  private static final String NAME = "table-";
  private static final String HASH = "_row_hash";
  private static final int HASH_BYTES = 8;

  /**
   * The number of parts of a hash. Each part is summed separately, so that a decimal number holds
   * the sum over any number of rows.
   */
  private static final int PARTS = 4;

  private static final int DIGITS = 64 / PARTS;
  private static final int HEXADECIMAL = 16;

  private TableCopy() {}

  /**
   * Requires that a table has the columns that the configuration names.
   *
   * @throws InvalidInputException (DATA) with every problem
   */
  public static void check(StructType schema, DataConfig config) {
    new TableColumns(schema, config).check();
  }

  /** Whether a data set is a copy that was written to this folder. */
  public static boolean isIn(String folder, String dataset) {
    return dataset.startsWith(new Path(folder, NAME).toString());
  }

  /**
   * Writes the copy, unless it is there.
   *
   * @param folder of all copies
   * @return the copy's folder
   * @throws InvalidInputException (DATA) when two readings of the table gave different rows
   */
  public static String write(Dataset<Row> table, DataConfig config, String folder) {
    TableColumns columns = new TableColumns(table.schema(), config);
    String identity = identity(table, columns);
    Path copy = new Path(folder, NAME + identity);
    Configuration hadoop = table.sparkSession().sparkContext().hadoopConfiguration();
    try {
      FileSystem files = copy.getFileSystem(hadoop);
      Path done = new Path(copy, "_COPIED");
      if (files.exists(done)) {
        LOG.info("Using the table's copy again: {}", copy);
        return copy.toString();
      }
      columns.key().ifPresent(key -> requireUnique(table, key));
      Column[] read = Arrays.copyOf(columns.read(), columns.read().length + 1);
      read[read.length - 1] = columns.hash().as(HASH);
      table
          .select(read)
          .orderBy(columns.key().map(TableColumns::quoted).orElse(col(HASH)))
          .drop(HASH)
          .write()
          .mode("overwrite")
          .option("compression", "uncompressed")
          .parquet(copy.toString());
      Dataset<Row> written = table.sparkSession().read().parquet(LiteralPath.of(copy.toString()));
      if (!identity(written, new TableColumns(written.schema(), config)).equals(identity)) {
        files.delete(copy, true);
        throw InvalidInputException.data(
            "Invalid data set: the table gave other rows when it was read again; write its rows to"
                + " a table of their own first");
      }
      files.create(done).close();
      LOG.info("Copied the table to {}", copy);
      return copy.toString();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot copy the table to " + copy, e);
    }
  }

  private static void requireUnique(Dataset<Row> table, String key) {
    Column column = TableColumns.quoted(key);
    Row counts = table.agg(count(lit(1)), count_distinct(column)).first();
    if (counts.getLong(0) != counts.getLong(1)) {
      throw InvalidInputException.data(
          "Invalid --dataset_key: "
              + key
              + "; of "
              + counts.getLong(0)
              + " rows only "
              + counts.getLong(1)
              + " have a value of their own; name a column that tells rows apart, or leave the flag"
              + " out");
    }
  }

  /** Hashes all rows independently of their order, by the sums of the parts of their hashes. */
  private static String identity(Dataset<Row> table, TableColumns columns) {
    Column[] sums =
        IntStream.range(0, PARTS)
            .mapToObj(
                part ->
                    coalesce(
                            sum(
                                conv(
                                        substring(columns.hash(), 1 + part * DIGITS, DIGITS),
                                        HEXADECIMAL,
                                        10)
                                    .cast("decimal(20,0)")),
                            lit(0))
                        .cast("string"))
            .toArray(Column[]::new);
    Row row = table.agg(count(lit(1)).cast("string"), sums).first();
    MessageDigest sha = ContentHash.sha256();
    sha.update(columns.names().getBytes(StandardCharsets.UTF_8));
    IntStream.rangeClosed(0, PARTS)
        .forEach(i -> sha.update(("\n" + row.getString(i)).getBytes(StandardCharsets.UTF_8)));
    return ContentHash.hex(sha, HASH_BYTES);
  }
}
