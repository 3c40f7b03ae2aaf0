package org.sparklora.spark.generate;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.sparklora.pipeline.request.GenerationConfig;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.NearestName;

/** A table with a column of prompts, and a picture of each beside it. */
public final class PromptPictures {
  private static final String NEGATIVE_PROMPT = "negative_prompt";
  private static final String SEED = "seed";

  private PromptPictures() {}

  /**
   * The schema with pictures: a column {@code image} after the others.
   *
   * @throws InvalidInputException (DATA) when there is no such column of prompts, or an image
   *     already
   */
  public static StructType schema(StructType prompts, String column) {
    List<String> names = List.of(prompts.fieldNames());
    if (!names.contains(column)) {
      throw InvalidInputException.data(
          "Missing column: "
              + column
              + " (--prompt_column) in the table of prompts; its columns are "
              + String.join(", ", names)
              + NearestName.likely(column, names)
                  .map(near -> ", did you mean " + near + "?")
                  .orElse(""));
    }
    if (names.contains(PictureTable.IMAGE_COLUMN)) {
      throw InvalidInputException.data(
          "Invalid table of prompts: it has a column image already; drop or rename it");
    }
    return prompts.add(PictureTable.SCHEMA.apply(PictureTable.IMAGE_COLUMN));
  }

  /**
   * Adds the pictures. They are drawn when the table is read. A row without a prompt has none.
   * Columns {@code seed} and {@code negative_prompt} are used if they exist.
   *
   * @param column of the prompts
   * @param negativePrompt for rows without one
   * @throws InvalidInputException when an input cannot be used
   */
  public static Dataset<Row> add(
      Dataset<Row> prompts, String column, String negativePrompt, GenerationConfig config) {
    StructType schema = schema(prompts.schema(), column);
    return prompts.mapPartitions(
        new AddPictures(
            DrawPictures.of(config, prompts.sparkSession().sparkContext()),
            negativePrompt,
            prompts.schema().fieldIndex(column),
            place(prompts.schema(), NEGATIVE_PROMPT),
            place(prompts.schema(), SEED)),
        Encoders.row(schema));
  }

  private static int place(StructType schema, String column) {
    return schema.getFieldIndex(column).isDefined() ? schema.fieldIndex(column) : -1;
  }
}
