package org.sparklora.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;

/** Reads a range of rows, in order. */
public final class ImageRows implements AutoCloseable {
  private final RowRange range;
  private final ImageColumns columns;
  private final ParquetFileReader file;
  private final RecordReader<Group> records;
  private long next;

  /**
   * Reads the range's row group.
   *
   * @throws IOException when the file cannot be read or is not as it was listed
   */
  public ImageRows(
      RowRange range, String imageColumn, String captionColumn, Configuration configuration)
      throws IOException {
    this.range = range;
    this.columns = new ImageColumns(imageColumn, captionColumn);
    this.file =
        ParquetFileReader.open(
            HadoopInputFile.fromPath(new Path(range.file().path()), configuration));
    MessageType schema = file.getFileMetaData().getSchema();
    MessageType wanted = columns.projection(schema);
    file.setRequestedSchema(wanted);
    PageReadStore rowGroup = file.readRowGroup(range.rowGroup());
    if (rowGroup.getRowCount() != range.file().rowGroups()[range.rowGroup()]) {
      throw new IOException("Invalid Parquet file: changed while read: " + range.file().path());
    }
    MessageColumnIO io = new ColumnIOFactory().getColumnIO(wanted, schema);
    this.records = io.getRecordReader(rowGroup, new GroupRecordConverter(wanted));
    while (next < range.from()) {
      records.read();
      next++;
    }
  }

  /** The next row; empty after the last. */
  public Optional<ImageRow> next() {
    if (next == range.to()) {
      return Optional.empty();
    }
    Group group = records.read();
    long id = range.firstId() + next - range.from();
    next++;
    return Optional.of(new ImageRow(id, image(group), captions(group)));
  }

  private Optional<byte[]> image(Group row) {
    if (row.getFieldRepetitionCount(columns.image()) == 0) {
      return Optional.empty();
    }
    if (row.getType().getType(columns.image()).isPrimitive()) {
      return Optional.of(row.getBinary(columns.image(), 0).getBytes());
    }
    Group struct = row.getGroup(columns.image(), 0);
    return struct.getFieldRepetitionCount(ImageColumns.BYTES) == 0
        ? Optional.empty()
        : Optional.of(struct.getBinary(ImageColumns.BYTES, 0).getBytes());
  }

  private List<String> captions(Group row) {
    if (row.getFieldRepetitionCount(columns.caption()) == 0) {
      return List.of();
    }
    if (row.getType().getType(columns.caption()).isPrimitive()) {
      return List.of(row.getString(columns.caption(), 0));
    }
    Group list = row.getGroup(columns.caption(), 0);
    boolean twoLevels = list.getType().getType(0).isPrimitive();
    List<String> captions = new ArrayList<>();
    for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
      if (twoLevels) {
        captions.add(list.getString(0, i));
      } else if (list.getGroup(0, i).getFieldRepetitionCount(0) > 0) {
        captions.add(list.getGroup(0, i).getString(0, 0));
      }
    }
    return List.copyOf(captions);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
