package org.sparklora.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.sparklora.data.parquet.DataFile;
import org.sparklora.data.parquet.ParquetInput;
import org.sparklora.data.parquet.RowGroupSize;
import org.sparklora.data.row.Subjects;
import org.sparklora.util.InvalidInputException;

/**
 * Reads the column that says which subject each row belongs to. No other column is read.
 *
 * @param name {@code --subject_column}
 */
record SubjectColumn(String name, Configuration configuration) {
  /**
   * The subjects of a data set.
   *
   * @param location of the data set, for messages
   * @throws InvalidInputException naming rows without one
   */
  Subjects read(String location, List<DataFile> files) {
    List<String> problems = new ArrayList<>();
    List<String> byRow = new ArrayList<>();
    List<List<String>> found = ParallelReads.map(files, this::read, location);
    for (int f = 0; f < files.size(); f++) {
      for (int row = 0; row < found.get(f).size(); row++) {
        String subject = found.get(f).get(row);
        byRow.add(subject);
        if (subject.isBlank()) {
          problems.add(
              String.format(
                  Locale.ROOT,
                  "Missing subject: row %d of %s has none in %s (--subject_column); say whose"
                      + " picture it is",
                  row,
                  files.get(f).path(),
                  name));
        }
      }
    }
    if (!problems.isEmpty()) {
      List<String> named = FirstProblems.of(problems, "rows without a subject");
      throw new InvalidInputException(InvalidInputException.Kind.DATA, named);
    }
    return new Subjects(byRow);
  }

  /** The subject of each row; empty text if a row has none. */
  private List<String> read(DataFile file) {
    try (ParquetFileReader reader = ParquetInput.open(file.path(), configuration)) {
      MessageType schema = reader.getFileMetaData().getSchema();
      MessageType wanted = new MessageType(schema.getName(), schema.getType(name));
      RowGroupSize.requireWhole(reader, file.path(), wanted);
      reader.setRequestedSchema(wanted);
      List<String> subjects = new ArrayList<>();
      for (PageReadStore pages = reader.readNextRowGroup();
          pages != null;
          pages = reader.readNextRowGroup()) {
        RecordReader<Group> records =
            new ColumnIOFactory()
                .getColumnIO(wanted, schema)
                .getRecordReader(pages, new GroupRecordConverter(wanted));
        for (long row = 0; row < pages.getRowCount(); row++) {
          Group group = records.read();
          subjects.add(
              group.getFieldRepetitionCount(0) == 0 ? "" : group.getValueToString(0, 0).strip());
        }
      }
      return subjects;
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // Parquet throws either of these for damaged pages.
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT, "Cannot read Parquet file: %s: %s", file.path(), e.getMessage()),
          e);
    }
  }
}
