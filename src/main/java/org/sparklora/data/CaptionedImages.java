package org.sparklora.data;

import java.io.IOException;
import java.util.Optional;
import java.util.function.ObjLongConsumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/** The rows of a row group: a picture's bytes and its caption. */
public final class CaptionedImages {
  /**
   * One row.
   *
   * @param image the encoded picture; empty where the cell is null
   * @param caption empty where the cell is null
   */
  public record Row(byte[] image, String caption) {}

  private static final String BYTES = "bytes";

  private CaptionedImages() {}

  /** What is wrong with a file's columns, if anything. */
  static Optional<String> problem(
      MessageType schema, String imageColumn, String captionColumn, String file) {
    for (String column : new String[] {imageColumn, captionColumn}) {
      if (!schema.containsField(column)) {
        return Optional.of(
            "Missing column "
                + column
                + " in "
                + file
                + "; it has "
                + String.join(", ", schema.getFields().stream().map(Type::getName).toList())
                + ": name yours with --image_column and --caption_column");
      }
    }
    Type image = schema.getType(imageColumn);
    if (!isBinary(image) && !isGroupWithBytes(image)) {
      return Optional.of(
          "Invalid column "
              + imageColumn
              + " in "
              + file
              + ": a picture is binary or struct<bytes: binary, path: string>, not "
              + image);
    }
    Type caption = schema.getType(captionColumn);
    boolean isText =
        isBinary(caption)
            && caption.getLogicalTypeAnnotation()
                instanceof LogicalTypeAnnotation.StringLogicalTypeAnnotation;
    return isText
        ? Optional.empty()
        : Optional.of(
            "Invalid column "
                + captionColumn
                + " in "
                + file
                + ": a caption is a string, not "
                + caption);
  }

  /**
   * Reads a row group.
   *
   * @param consumer takes each row and its id
   */
  public static void read(
      ImageDataset.Chunk chunk,
      String imageColumn,
      String captionColumn,
      Configuration hadoop,
      ObjLongConsumer<Row> consumer)
      throws IOException {
    HadoopInputFile file = HadoopInputFile.fromPath(new Path(chunk.file()), hadoop);
    try (ParquetFileReader reader = ParquetFileReader.open(file)) {
      MessageType schema = reader.getFooter().getFileMetaData().getSchema();
      MessageType both =
          new MessageType(
              schema.getName(), schema.getType(imageColumn), schema.getType(captionColumn));
      reader.setRequestedSchema(both);
      try (PageReadStore pages = reader.readRowGroup(chunk.block())) {
        RecordReader<Group> records =
            new ColumnIOFactory()
                .getColumnIO(both, schema)
                .getRecordReader(pages, new GroupRecordConverter(both));
        for (long i = 0; i < chunk.rows(); i++) {
          Group group = records.read();
          consumer.accept(
              new Row(image(group, imageColumn), caption(group, captionColumn)),
              chunk.firstId() + i);
        }
      }
    }
  }

  private static byte[] image(Group group, String column) {
    if (group.getFieldRepetitionCount(column) == 0) {
      return new byte[0];
    }
    if (group.getType().getType(column).isPrimitive()) {
      return group.getBinary(column, 0).getBytes();
    }
    Group image = group.getGroup(column, 0);
    return image.getFieldRepetitionCount(BYTES) == 0
        ? new byte[0]
        : image.getBinary(BYTES, 0).getBytes();
  }

  private static String caption(Group group, String column) {
    return group.getFieldRepetitionCount(column) == 0 ? "" : group.getString(column, 0);
  }

  private static boolean isGroupWithBytes(Type type) {
    return !type.isPrimitive()
        && type.asGroupType().containsField(BYTES)
        && isBinary(type.asGroupType().getType(BYTES));
  }

  private static boolean isBinary(Type type) {
    return type.isPrimitive()
        && type.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.BINARY;
  }
}
