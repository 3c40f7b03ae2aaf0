package org.sparklora.data.cache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ColumnPath;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.internal.column.columnindex.OffsetIndex;
import org.apache.parquet.internal.hadoop.metadata.IndexReference;
import org.apache.parquet.schema.MessageType;

/**
 * Where the pages of a file are, so that a few rows can be read without the rest of their row
 * group. A page of each column holds the same rows. Columns of little data are read whole, because
 * that takes no more requests.
 *
 * @param schema of the file
 * @param columns in the order of the file
 * @param rowsOfPage rows of each page but a row group's last one; {@link LatentCacheFile#ALL_ROWS}
 *     without pages
 * @param groups the row groups
 */
record PageIndex(
    MessageType schema, List<ColumnPath> columns, int rowsOfPage, List<PagePlaces> groups) {
  /** The key in a file's metadata under which the writer says how many rows a page has. */
  static final String ROWS_OF_PAGE = "sparklora.rows_of_page";

  PageIndex {
    columns = List.copyOf(columns);
    groups = List.copyOf(groups);
  }

  /**
   * Reads a file's index.
   *
   * @return an index without pages for a file of a version that wrote them as long as row groups
   * @throws RuntimeException when the file is damaged
   */
  static PageIndex read(HadoopInputFile input, ParquetReadOptions options, ParquetMetadata footer)
      throws IOException {
    MessageType schema = footer.getFileMetaData().getSchema();
    String rows = footer.getFileMetaData().getKeyValueMetaData().get(ROWS_OF_PAGE);
    if (rows == null || footer.getBlocks().isEmpty()) {
      return new PageIndex(schema, List.of(), LatentCacheFile.ALL_ROWS, List.of());
    }
    int rowsOfPage = Integer.parseInt(rows);
    if (rowsOfPage < 1) {
      throw new IllegalStateException("its pages are said to have " + rows + " rows");
    }
    FileRange place = place(footer);
    List<PagePlaces> groups = new ArrayList<>();
    try (PieceStream stream = new PieceStream(place.begin(), place.read(input));
        ParquetFileReader file = ParquetFileReader.open(input, footer, options, stream)) {
      for (BlockMetaData block : footer.getBlocks()) {
        groups.add(PagePlaces.of(block, rowsOfPage, column -> offsets(file, column)));
      }
    }
    List<ColumnPath> columns =
        footer.getBlocks().get(0).getColumns().stream().map(ColumnChunkMetaData::getPath).toList();
    return new PageIndex(schema, columns, rowsOfPage, groups);
  }

  /** The bytes of a file that hold all of its offset indexes. */
  private static FileRange place(ParquetMetadata footer) {
    long begin = Long.MAX_VALUE;
    long end = 0;
    for (BlockMetaData block : footer.getBlocks()) {
      for (ColumnChunkMetaData column : block.getColumns()) {
        IndexReference reference = column.getOffsetIndexReference();
        if (reference == null) {
          throw new IllegalStateException("it has no offset index of " + column.getPath());
        }
        begin = Math.min(begin, reference.getOffset());
        end = Math.max(end, reference.getOffset() + reference.getLength());
      }
    }
    return new FileRange(begin, Math.toIntExact(end - begin));
  }

  private static OffsetIndex offsets(ParquetFileReader file, ColumnChunkMetaData column) {
    try {
      return file.readOffsetIndex(column);
    } catch (IOException e) {
      throw new UncheckedIOException("Invalid offset index of " + column.getPath(), e);
    }
  }

  /** The bytes of the file from which a page of a row group is read. */
  List<FileRange> ranges(int group, int page) {
    return FileRange.merged(parts(groups.get(group), page));
  }

  private List<FileRange> parts(PagePlaces places, int page) {
    int pages = (places.rows() + rowsOfPage - 1) / rowsOfPage;
    return places.parts(page, columns.size(), pages);
  }

  /**
   * A page of each column.
   *
   * @param bytes of {@link #ranges}, one after the other
   * @throws RuntimeException when they are damaged; checksums of pages are verified
   */
  PageReadStore pages(int group, int page, byte[] bytes) {
    PagePlaces places = groups.get(group);
    List<FileRange> ranges = ranges(group, page);
    int rows = Math.min(rowsOfPage, places.rows() - page * rowsOfPage);
    OnePage pages = new OnePage(rows);
    List<FileRange> parts = parts(places, page);
    for (int column = 0; column < columns.size(); column++) {
      FileRange part = parts.get(column);
      int begin = FileRange.indexIn(ranges, part.begin());
      int skipped = places.isWhole(column) ? page : 0;
      pages.add(columns.get(column), bytes, begin, begin + part.length(), skipped);
    }
    return pages;
  }
}
