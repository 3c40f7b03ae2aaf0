package org.sparklora.data.row;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
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

  /** Some rows of a row group, with the bytes that they take. */
  private record Piece(int group, RowRanges rows, long bytes) {}

  private final ParquetFileReader file;
  private final String path;
  private final MessageType wanted;
  private final PictureMemory memory;
  private final long pieceBytes;
  private final Deque<Piece> next = new ArrayDeque<>();
  private int nextGroup;
  private Optional<PictureMemory.Share> held = Optional.empty();

  /**
   * @param wanted the columns that are read
   * @param firstGroup to read
   */
  RowGroupPieces(
      ParquetFileReader file,
      String path,
      MessageType wanted,
      int firstGroup,
      PictureMemory memory,
      long pieceBytes) {
    this.file = file;
    this.path = path;
    this.wanted = wanted;
    this.nextGroup = firstGroup;
    this.memory = memory;
    this.pieceBytes = pieceBytes;
  }

  /**
   * Reads the next piece. The one before it must not be used any more.
   *
   * @throws org.sparklora.util.InvalidInputException (DATA) when it can never fit
   */
  PageReadStore read() throws IOException {
    while (next.isEmpty()) {
      cut(nextGroup++);
    }
    Piece piece = next.remove();
    close();
    held = Optional.of(memory.take(piece.bytes()));
    PageReadStore pages = file.readFilteredRowGroup(piece.group(), piece.rows());
    if (pages.getRowCount() != piece.rows().rowCount()) {
      throw new IOException("Invalid Parquet file: changed while read: " + path);
    }
    return pages;
  }

  private void cut(int group) throws IOException {
    BlockMetaData block = file.getRowGroups().get(group);
    RowGroupSize size = RowGroupSize.of(path, group, block, wanted);
    if (!size.divisible() || size.bytes() <= pieceBytes) {
      size.require(memory.bytes());
      if (size.rows() > 0) {
        next.add(new Piece(group, RowRanges.createSingle(size.rows()), size.bytes()));
      }
      return;
    }
    List<ColumnChunkMetaData> chunks = RowGroupSize.chunks(block, wanted);
    OffsetIndex pages = file.readOffsetIndex(chunks.get(0));
    long beside = chunks.stream().skip(1).mapToLong(ColumnChunkMetaData::getTotalSize).sum();
    int first = 0;
    long bytes = 0;
    for (int page = 0; page < pages.getPageCount(); page++) {
      bytes += pages.getCompressedPageSize(page);
      if (bytes >= pieceBytes || page + 1 == pages.getPageCount()) {
        long withCaptions = bytes + Math.min(beside, bytes);
        if (!memory.fits(withCaptions)) {
          throw size.tooLarge(
              String.format(Locale.ROOT, ", %d MiB of them in one page", bytes >> 20),
              memory.bytes());
        }
        RowRanges rows =
            RowRanges.create(size.rows(), IntStream.rangeClosed(first, page).iterator(), pages);
        next.add(new Piece(group, rows, withCaptions));
        first = page + 1;
        bytes = 0;
      }
    }
  }

  /** Gives the memory of the last piece back. */
  @Override
  public void close() {
    held.ifPresent(PictureMemory.Share::close);
    held = Optional.empty();
  }
}
