package org.sparklora.data;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.sparklora.data.parquet.ParquetOutput;
import org.sparklora.data.row.BadImage;

/** Writes the rows that were left out as a Parquet table, for people to look at. */
public final class BadImageTable {
  /** The table's folder within the cache's folder. */
  public static final String FOLDER = "bad_images";

  private static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message bad_image {
            required int64 id;
            required binary file (STRING);
            required int64 row;
            required binary reason (STRING);
          }
          """);

  private BadImageTable() {}

  /**
   * Writes one file of the table.
   *
   * @param location the cache's folder
   * @param name of the file; no other attempt uses it
   */
  public static void write(
      String location, String name, List<BadImage> images, Configuration configuration)
      throws IOException {
    Path path = new Path(new Path(location, FOLDER), name);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(ParquetOutput.file(path, configuration))
            .withType(TYPE)
            .withConf(configuration)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .build()) {
      for (BadImage image : images) {
        Group row = new SimpleGroup(TYPE);
        row.add("id", image.id());
        row.add("file", image.file());
        row.add("row", image.row());
        row.add("reason", image.reason());
        writer.write(row);
      }
    }
  }
}
