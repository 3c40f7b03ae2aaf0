package org.sparklora.data.row;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.sparklora.data.image.PictureMemory;
import org.sparklora.data.parquet.ImageColumns;
import org.sparklora.data.parquet.ParquetInput;
import org.sparklora.data.parquet.RowGroupSize;
import org.sparklora.util.InvalidInputException;
import shaded.parquet.org.apache.thrift.TException;

/** Reads a range of a Parquet file; one row group, or a piece of it, is in memory at a time. */
final class ParquetRows implements ImageRows {
  private ParquetRange range;
  private final ImageColumns columns;
  private final MessageType wanted;
  private final MessageColumnIO io;
  private final ParquetFileReader file;
  private final RowGroupPieces pieces;
  private Optional<RecordReader<Group>> records = Optional.empty();

  /** Numbers of rows in the file: the next one to read, and the piece's end. */
  private long nextRow;

  private long pieceEnd;

  /**
   * Opens the range's file.
   *
   * @throws IOException when the file cannot be read or is not as it was listed
   */
  ParquetRows(ParquetRange range, Configuration configuration) throws IOException {
    this(range, configuration, RowGroupPieces.MEMORY, RowGroupSize.PIECE_BYTES);
  }

  /** With another room for pieces of about another size. */
  ParquetRows(
      ParquetRange range, Configuration configuration, PictureMemory memory, long pieceBytes)
      throws IOException {
    this.range = range;
    this.columns = range.columns();
    this.file = ParquetInput.open(range.file().path(), configuration);
    MessageType schema = file.getFileMetaData().getSchema();
    this.wanted = columns.projection(schema);
    this.io = new ColumnIOFactory().getColumnIO(wanted, schema);
    file.setRequestedSchema(wanted);
    nextRow = range.from();
    pieceEnd = range.from();
    this.pieces = new RowGroupPieces(file, range.file().path(), wanted, memory, pieceBytes);
  }

  @Override
  public boolean goOn(RowRange next) {
    if (next instanceof ParquetRange other
        && other.file().path().equals(range.file().path())
        && other.from() >= nextRow) {
      range = other;
      return true;
    }
    return false;
  }

  @Override
  public Optional<ImageRow> next() throws IOException {
    skipTo(range.from());
    if (nextRow == range.to()) {
      return Optional.empty();
    }
    long id = range.file().firstRow() + nextRow;
    int row = Math.toIntExact(nextRow - range.from());
    Optional<SubjectRow> subject = range.subjects().stream().map(s -> s.at(row)).findFirst();
    Group group = read();
    return Optional.of(
        new ImageRow(
            id, columns.picture(group), captions(group, subject), Optional.empty(), subject));
  }

  /** Passes over rows; pieces that have no other rows are not read. */
  private void skipTo(long row) throws IOException {
    if (row >= pieceEnd) {
      nextRow = row;
      pieceEnd = row;
    }
    while (nextRow < row) {
      read();
    }
  }

  private Group read() throws IOException {
    long row = nextRow++;
    try {
      if (row == pieceEnd) {
        records = Optional.empty(); // its memory is given back
        records = Optional.of(openPiece());
      }
      return records.orElseThrow().read();
    } catch (IOException e) {
      // The header of a page is damaged; all other exceptions are failures of the store.
      if (e.getCause() instanceof TException) {
        throw damaged(row, e);
      }
      throw e;
    } catch (InvalidInputException e) {
      throw e;
    } catch (RuntimeException e) {
      throw damaged(row, e);
    } catch (OutOfMemoryError e) {
      records = Optional.empty();
      throw damaged(
          row,
          new IOException("the Java heap has no room for its pages, use smaller row groups", e));
    }
  }

  private InvalidInputException damaged(long row, Exception why) {
    return InvalidInputException.data(
        String.format(
            Locale.ROOT,
            "Cannot read Parquet file: %s: damaged at row %d or in its row group: %s; write it"
                + " anew",
            range.file().path(),
            row,
            why.getMessage()),
        why);
  }

  private RecordReader<Group> openPiece() throws IOException {
    RowGroupPieces.Rows piece = pieces.read(pieceEnd, range.to());
    RecordReader<Group> reader =
        io.getRecordReader(piece.pages(), new GroupRecordConverter(wanted));
    for (long row = piece.first(); row < pieceEnd; row++) {
      reader.read();
    }
    pieceEnd = piece.first() + piece.pages().getRowCount();
    return reader;
  }

  private List<String> captions(Group row, Optional<SubjectRow> subject) {
    List<String> captions = columns.captions(row);
    return columns.captionColumn().isPresent() || subject.isEmpty()
        ? captions
        : captions.stream()
            .map(text -> text.replace(Subjects.PLACE, subject.get().name()))
            .toList();
  }

  @Override
  public void close() throws IOException {
    pieces.close();
    file.close();
  }
}
