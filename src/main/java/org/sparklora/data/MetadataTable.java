package org.sparklora.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.sparklora.data.MetadataRows.Row;
import org.sparklora.data.file.FoundFile;
import org.sparklora.data.parquet.CaptionValue;
import org.sparklora.data.parquet.ParquetInput;
import org.sparklora.data.parquet.RowGroupSize;

/** The rows of a {@code metadata.parquet}. */
final class MetadataTable {
  private MetadataTable() {}

  /**
   * Reads all rows.
   *
   * @throws RuntimeException as Parquet's reader throws it, if the file is damaged
   */
  static List<Row> read(FoundFile file, Configuration configuration) throws IOException {
    List<Row> rows = new ArrayList<>();
    try (ParquetFileReader reader = ParquetInput.open(file.path(), configuration)) {
      MessageType schema = reader.getFileMetaData().getSchema();
      MessageType texts =
          new MessageType(
              schema.getName(), schema.getFields().stream().filter(CaptionValue::isOne).toList());
      RowGroupSize.requireWhole(reader, file.path(), texts);
      reader.setRequestedSchema(texts);
      for (PageReadStore pages = reader.readNextRowGroup();
          pages != null;
          pages = reader.readNextRowGroup()) {
        RecordReader<Group> records =
            new ColumnIOFactory()
                .getColumnIO(texts, schema)
                .getRecordReader(pages, new GroupRecordConverter(texts));
        for (long row = 0; row < pages.getRowCount(); row++) {
          rows.add(new Row("row " + rows.size(), values(records.read(), schema)));
        }
      }
    }
    return rows;
  }

  private static ObjectNode values(Group row, MessageType schema) {
    ObjectNode values = JsonNodeFactory.instance.objectNode();
    for (Type column : schema.getFields()) {
      String name = column.getName();
      if (!CaptionValue.isOne(column)) {
        // The value is neither text nor a list of texts. It is refused where one of these is
        // needed.
        values.put(name, true);
      } else if (row.getFieldRepetitionCount(name) == 0) {
        values.putNull(name);
      } else if (column.isPrimitive() && !column.isRepetition(Type.Repetition.REPEATED)) {
        values.put(name, row.getString(name, 0));
      } else {
        ArrayNode list = values.putArray(name);
        CaptionValue.captions(row, name).forEach(list::add);
      }
    }
    return values;
  }
}
