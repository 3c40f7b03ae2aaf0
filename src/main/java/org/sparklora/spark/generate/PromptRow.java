package org.sparklora.spark.generate;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.util.ContentHash;

/**
 * A picture to draw, as a row of Spark's.
 *
 * @param id of the prompt, if its table has ids
 */
record PromptRow(Optional<String> id, ImageRequest request) {
  private static final int HASH_BYTES = 6;

  static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.StringType)
          .add("prompt", DataTypes.StringType)
          .add("negative_prompt", DataTypes.StringType)
          .add("seed", DataTypes.LongType);

  static PromptRow of(Row row) {
    return new PromptRow(
        Optional.ofNullable(row.getString(0)),
        new ImageRequest(row.getString(1), row.getString(2), row.getLong(3)));
  }

  Row row() {
    return RowFactory.create(
        id.orElse(null), request.prompt(), request.negativePrompt(), request.seed());
  }

  /** The picture's file name: its prompt's id, or a hash if there is none, and its seed. */
  String fileName() {
    String stem = id.map(text -> text.replaceAll("[^A-Za-z0-9._-]", "_")).orElseGet(this::hash);
    return stem + "-" + request.seed() + ".png";
  }

  private String hash() {
    MessageDigest sha = ContentHash.sha256();
    for (String part : List.of(request.prompt(), "\0", request.negativePrompt())) {
      sha.update(part.getBytes(StandardCharsets.UTF_8));
    }
    return ContentHash.hex(sha, HASH_BYTES);
  }

  /** Returns the row's name in messages. */
  String describe() {
    return id.map(text -> "id " + text + ", ").orElse("")
        + "seed "
        + request.seed()
        + ", prompt \""
        + request.prompt()
        + "\"";
  }
}
