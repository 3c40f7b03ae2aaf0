package org.sparklora.data.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.internal.column.columnindex.OffsetIndex;

/**
 * Where the pages of a row group are, in little memory: a cache may have a hundred thousand row
 * groups.
 *
 * @param begin of the row group in its file
 * @param rows of the row group
 * @param whole columns that are read whole, one bit each
 * @param places for each column, one after the other, the beginnings of its pages and its end,
 *     relative to {@code begin}; beginning and end alone of a column that is read whole
 */
record PagePlaces(long begin, int rows, long whole, int[] places) {
  /** The most bytes of a column in a row group that is read whole. */
  private static final int WHOLE_BYTES = 48 << 10;

  /**
   * Finds the pages.
   *
   * @param rowsOfPage rows of each page but the last one
   * @throws IllegalStateException when the pages of a column have other rows
   */
  static PagePlaces of(
      BlockMetaData block, int rowsOfPage, Function<ColumnChunkMetaData, OffsetIndex> offsets) {
    List<ColumnChunkMetaData> columns = block.getColumns();
    long begin =
        columns.stream().mapToLong(ColumnChunkMetaData::getStartingPos).min().orElseThrow();
    long whole = 0;
    IntStream.Builder places = IntStream.builder();
    for (int i = 0; i < columns.size(); i++) {
      ColumnChunkMetaData column = columns.get(i);
      if (column.getTotalSize() <= WHOLE_BYTES) {
        whole |= 1L << i;
        places.add(Math.toIntExact(column.getStartingPos() - begin));
      } else {
        OffsetIndex pages = offsets.apply(column);
        long wanted = (block.getRowCount() + rowsOfPage - 1) / rowsOfPage;
        boolean aligned = pages.getPageCount() == wanted;
        for (int page = 0; page < pages.getPageCount(); page++) {
          aligned &= pages.getFirstRowIndex(page) == (long) page * rowsOfPage;
          places.add(Math.toIntExact(pages.getOffset(page) - begin));
        }
        if (!aligned) {
          throw new IllegalStateException("pages of " + column.getPath() + " have other rows");
        }
      }
      places.add(Math.toIntExact(column.getStartingPos() + column.getTotalSize() - begin));
    }
    int[] all = places.build().toArray();
    for (int i = 1; i < all.length; i++) {
      if (all[i - 1] < 0 || all[i] < all[i - 1]) {
        throw new IllegalStateException("its page index is damaged");
      }
    }
    return new PagePlaces(begin, Math.toIntExact(block.getRowCount()), whole, all);
  }

  boolean isWhole(int column) {
    return (whole >> column & 1) == 1;
  }

  /**
   * For each column, the bytes from which a page is read.
   *
   * @param columns number of columns
   * @param pages number of pages of a column
   */
  List<FileRange> parts(int page, int columns, int pages) {
    List<FileRange> parts = new ArrayList<>();
    int first = 0;
    for (int column = 0; column < columns; column++) {
      int at = isWhole(column) ? first : first + page;
      parts.add(new FileRange(begin + places[at], places[at + 1] - places[at]));
      first += isWhole(column) ? 2 : pages + 1;
    }
    return parts;
  }
}
