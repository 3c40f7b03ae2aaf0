package org.sparklora.data.parquet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.sparklora.util.InvalidInputException;

/**
 * Reads the row groups of a Parquet file that may have rows without picture or caption, so that
 * such rows are known before anything is encoded. Other row groups are not read. Of pictures almost
 * nothing is read.
 */
public final class ProbedRows {
  /** The parts that an incomplete row has. */
  public record ProbedRow(
      DataFile file, long row, boolean hasPicture, Optional<String> path, List<String> captions) {
    public long id() {
      return file.firstRow() + row;
    }
  }

  private final ImageColumns columns;
  private final Configuration configuration;

  public ProbedRows(ImageColumns columns, Configuration configuration) {
    this.columns = columns;
    this.configuration = configuration;
  }

  /**
   * The rows without picture or caption.
   *
   * @param hints of the file's row groups
   */
  public List<ProbedRow> incomplete(DataFile file, List<RowGroupHints> hints) {
    if (hints.stream().noneMatch(hint -> hint.mayLackPictures() || hint.mayLackCaptions())) {
      return List.of();
    }
    try (ParquetFileReader reader = ParquetInput.open(file.path(), configuration)) {
      List<ProbedRow> rows = new ArrayList<>();
      long first = 0;
      for (int group = 0; group < hints.size(); group++) {
        RowGroupHints hint = hints.get(group);
        if (hint.mayLackPictures() || hint.mayLackCaptions()) {
          read(reader, group, file, first, hint, rows);
        }
        first += hint.rows();
      }
      return rows;
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // Parquet throws either of these for damaged pages. The code that reads the rows later names
      // the first damaged one.
      return List.of();
    }
  }

  private void read(
      ParquetFileReader reader,
      int group,
      DataFile file,
      long first,
      RowGroupHints hint,
      List<ProbedRow> rows)
      throws IOException {
    MessageType schema = reader.getFileMetaData().getSchema();
    List<Type> wanted = new ArrayList<>();
    if (hint.mayLackPictures()) {
      wanted.add(columns.pictureWithPath(schema));
    }
    columns.captionColumn().map(schema::getType).ifPresent(wanted::add);
    MessageType projection = new MessageType(schema.getName(), wanted);
    RowGroupSize.requireWhole(reader, file.path(), projection);
    reader.setRequestedSchema(projection);
    PageReadStore pages = reader.readRowGroup(group);
    RecordReader<Group> records =
        new ColumnIOFactory()
            .getColumnIO(projection, schema)
            .getRecordReader(pages, new GroupRecordConverter(projection));
    for (long row = 0; row < hint.rows(); row++) {
      Group read = records.read();
      boolean hasPicture = !hint.mayLackPictures() || columns.picture(read).isPresent();
      List<String> captions = columns.captions(read);
      if (!hasPicture || captions.isEmpty()) {
        rows.add(
            new ProbedRow(
                file,
                first + row,
                hasPicture,
                hasPicture ? Optional.empty() : columns.path(read),
                captions));
      }
    }
  }
}
