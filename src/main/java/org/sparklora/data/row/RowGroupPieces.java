package org.sparklora.data.row;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.internal.column.columnindex.OffsetIndex;
import org.apache.parquet.internal.filter2.columnindex.RowRanges;
import org.apache.parquet.schema.MessageType;
import org.sparklora.data.image.PictureMemory;
import org.sparklora.data.parquet.RowGroupSize;

/**
 * Reads row groups, of which one piece at a time is in memory. A small row group is one piece. A
 * large one is read a few pages at a time, if the file says where its pages lie. The tasks of a
 * process wait until there is room for their pieces.
 */
final class RowGroupPieces implements AutoCloseable {
  /** The memory for pieces, which all tasks of this process share. */
  static final PictureMemory MEMORY =
      new PictureMemory(RowGroupSize.room(Runtime.getRuntime().maxMemory()));

  /**
   * A piece that was read.
   *
   * @param first the number of its first row in the file
   */
  record Rows(PageReadStore pages, long first) {}

  private final ParquetFileReader file;
  private final String path;
  private final MessageType wanted;
  private final PictureMemory memory;
  private final long pieceBytes;

  /** The row group of the last piece, the number of its first row in the file, and its pages. */
  private int group;

  private long groupFirst;
  private Optional<OffsetIndex> index = Optional.empty();
  private Optional<PictureMemory.Share> held = Optional.empty();

  /**
   * Begins at the file's first row.
   *
   * @param wanted the columns that are read
   */
  RowGroupPieces(
      ParquetFileReader file,
      String path,
      MessageType wanted,
      PictureMemory memory,
      long pieceBytes) {
    this.file = file;
    this.path = path;
    this.wanted = wanted;
    this.memory = memory;
    this.pieceBytes = pieceBytes;
  }

  /**
   * Reads the piece with a row, and at most the rest of its row group. The piece before it must not
   * be used any more.
   *
   * @param from the row's number in the file, which never decreases
   * @param to no page of a divisible row group is read that has only rows from this one on
   * @throws org.sparklora.util.InvalidInputException (DATA) when it can never fit
   */
  Rows read(long from, long to) throws IOException {
    while (from >= groupFirst + block().getRowCount()) {
      groupFirst += block().getRowCount();
      group++;
      index = Optional.empty();
    }
    RowGroupSize size = RowGroupSize.of(path, group, block(), wanted);
    boolean all = from <= groupFirst && to >= groupFirst + size.rows();
    if (!size.divisible() || (all && size.bytes() <= pieceBytes)) {
      size.require(memory.bytes());
      return read(RowRanges.createSingle(size.rows()), size.bytes(), groupFirst);
    }
    return readPages(size, from - groupFirst, to - groupFirst);
  }

  private BlockMetaData block() {
    return file.getRowGroups().get(group);
  }

  /** Reads pages from that with a row on: as many as a piece has, but none after the last row. */
  private Rows readPages(RowGroupSize size, long from, long to) throws IOException {
    List<ColumnChunkMetaData> chunks = RowGroupSize.chunks(block(), wanted);
    if (index.isEmpty()) {
      index = Optional.of(file.readOffsetIndex(chunks.get(0)));
    }
    OffsetIndex pages = index.get();
    int first = 0;
    while (pages.getLastRowIndex(first, size.rows()) < from) {
      first++;
    }
    int next = first;
    long bytes = 0;
    while (next < pages.getPageCount()
        && bytes < pieceBytes
        && (next == first || pages.getFirstRowIndex(next) < to)) {
      bytes += pages.getCompressedPageSize(next++);
    }
    long beside = chunks.stream().skip(1).mapToLong(ColumnChunkMetaData::getTotalSize).sum();
    long withCaptions = bytes + Math.min(beside, bytes);
    if (!memory.fits(withCaptions)) {
      throw size.tooLarge(
          String.format(Locale.ROOT, ", %d MiB of them in one page", bytes >> 20), memory.bytes());
    }
    RowRanges rows = RowRanges.create(size.rows(), IntStream.range(first, next).iterator(), pages);
    return read(rows, withCaptions, groupFirst + pages.getFirstRowIndex(first));
  }

  private Rows read(RowRanges rows, long bytes, long first) throws IOException {
    close();
    held = Optional.of(memory.take(bytes));
    PageReadStore pages = file.readFilteredRowGroup(group, rows);
    if (pages.getRowCount() != rows.rowCount()) {
      throw new IOException("Invalid Parquet file: changed while read: " + path);
    }
    return new Rows(pages, first);
  }

  /** Gives the memory of the last piece back. */
  @Override
  public void close() {
    held.ifPresent(PictureMemory.Share::close);
    held = Optional.empty();
  }
}
