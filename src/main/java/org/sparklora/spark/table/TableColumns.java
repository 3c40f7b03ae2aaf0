package org.sparklora.spark.table;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.sparklora.data.DataConfig;
import org.sparklora.data.TableConfig;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.NearestName;

/**
 * The columns of a table that a run reads: the pictures, and, where the flags name them, captions,
 * subjects and a key.
 *
 * @param schema of the table
 */
record TableColumns(StructType schema, DataConfig config) {
  private static final String BYTES = "bytes";
  private static final int SHA = 256;

  /**
   * Requires that the columns are there and have a type that can be read.
   *
   * @throws InvalidInputException (DATA) with every problem
   */
  void check() {
    List<String> problems = new ArrayList<>();
    problem("--image_column", config.imageColumn(), "binary or struct<bytes: binary>")
        .ifPresent(problems::add);
    caption()
        .flatMap(name -> problem("--caption_column", name, "string or array<string>"))
        .ifPresent(problems::add);
    subject()
        .flatMap(name -> problem("--subject_column", name, "string or int"))
        .ifPresent(problems::add);
    key().flatMap(name -> problem("--dataset_key", name, "string or int")).ifPresent(problems::add);
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, problems);
    }
  }

  private Optional<String> problem(String flag, String name, String types) {
    Optional<StructField> field = field(name);
    if (field.isEmpty()) {
      List<String> names = List.of(schema.fieldNames());
      return Optional.of(
          "Missing column: "
              + name
              + " ("
              + flag
              + ") in the table; its columns are "
              + String.join(", ", names)
              + NearestName.likely(name, names)
                  .map(near -> ", did you mean " + near + "?")
                  .orElse(""));
    }
    DataType type = field.get().dataType();
    boolean fits =
        switch (flag) {
          case "--image_column" -> type.equals(DataTypes.BinaryType) || hasBytes(type);
          case "--caption_column" -> isText(type) || isTexts(type);
          default -> isText(type) || isWhole(type);
        };
    return fits
        ? Optional.empty()
        : Optional.of(
            "Invalid column: "
                + name
                + " ("
                + flag
                + ") is "
                + type.catalogString()
                + " in the table; it must be "
                + types);
  }

  private static boolean hasBytes(DataType type) {
    return type instanceof StructType struct
        && Arrays.stream(struct.fields())
            .anyMatch(f -> f.name().equals(BYTES) && f.dataType().equals(DataTypes.BinaryType));
  }

  private static boolean isText(DataType type) {
    return type instanceof StringType;
  }

  private static boolean isTexts(DataType type) {
    return type instanceof ArrayType array && isText(array.elementType());
  }

  private static boolean isWhole(DataType type) {
    return type.equals(DataTypes.IntegerType) || type.equals(DataTypes.LongType);
  }

  private Optional<StructField> field(String name) {
    return Arrays.stream(schema.fields()).filter(f -> f.name().equals(name)).findFirst();
  }

  private Optional<String> caption() {
    return config.prompt().isPresent() ? Optional.empty() : Optional.of(config.captionColumn());
  }

  private Optional<String> subject() {
    return Optional.of(config.subjectColumn()).filter(name -> !name.isEmpty());
  }

  /** The column that orders the rows, if there is one. */
  Optional<String> key() {
    return config.table().map(TableConfig::key).filter(name -> !name.isEmpty());
  }

  private Column picture() {
    Column column = quoted(config.imageColumn());
    return hasBytes(field(config.imageColumn()).orElseThrow().dataType())
        ? column.getField(BYTES)
        : column;
  }

  /** Returns the columns to read, under the names that the flags give. */
  Column[] read() {
    List<Column> columns = new ArrayList<>(List.of(picture().as(config.imageColumn())));
    texts().forEach(name -> columns.add(quoted(name)));
    return columns.toArray(Column[]::new);
  }

  /** Returns a column with a hash of each row's values that are read, in hexadecimal digits. */
  Column hash() {
    Column texts =
        to_json(struct(texts().stream().map(TableColumns::quoted).toArray(Column[]::new)));
    Column picture = coalesce(sha2(picture(), SHA), lit("no picture"));
    return sha2(
        (texts().isEmpty() ? picture : concat(picture, lit("\n"), texts)).cast("binary"), SHA);
  }

  private List<String> texts() {
    List<String> names = new ArrayList<>();
    caption().ifPresent(names::add);
    subject().filter(name -> !names.contains(name)).ifPresent(names::add);
    key().filter(name -> !names.contains(name)).ifPresent(names::add);
    return names;
  }

  /** Returns the names of the columns that are read, for the identity of a copy. */
  String names() {
    return config.imageColumn()
        + "\n"
        + String.join("\n", texts())
        + key().map(name -> "\nin the order of " + name).orElse("");
  }

  static Column quoted(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }
}
