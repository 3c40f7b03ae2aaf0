package org.sparklora.data.parquet;

/**
 * The line of Python with which {@code datasets} puts pictures' bytes into Parquet, for messages.
 */
public final class EmbeddingCode {
  private EmbeddingCode() {}

  /**
   * The line for a Parquet file of paths.
   *
   * @param column of the pictures
   */
  public static String ofFile(String column) {
    return of(
        "datasets.Dataset.from_parquet(FILE).cast_column(\"" + column + "\", datasets.Image())");
  }

  /**
   * The line.
   *
   * @param dataset the Python expression of a data set
   */
  public static String of(String dataset) {
    return dataset
        + ".with_format(\"arrow\").map(datasets.table.embed_table_storage, batched=True)"
        + ".to_parquet(\"train-00000-of-00001.parquet\")";
  }
}
