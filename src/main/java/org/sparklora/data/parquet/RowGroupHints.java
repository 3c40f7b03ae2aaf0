package org.sparklora.data.parquet;

import java.util.Optional;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.sparklora.data.caption.CaptionText;

/**
 * Facts about a row group from the footer alone, without its pages.
 *
 * @param rows number of rows
 * @param mayLackPictures whether it has so few bytes that most rows have no picture. A single row
 *     without a picture is found only when it is read, because to find it here all pictures would
 *     have to be read
 * @param mayLackCaptions whether there are rows with a null or a blank caption. A blank caption
 *     that does not sort first is not found here, but when the row is read
 */
public record RowGroupHints(long rows, boolean mayLackPictures, boolean mayLackCaptions) {
  /** A picture of any format takes more bytes than this. */
  private static final int LEAST_PICTURE_BYTES = 8;

  private static final int PAGE_HEADER_BYTES = 64;

  public static RowGroupHints of(BlockMetaData group, ImageColumns columns) {
    long rows = group.getRowCount();
    boolean pictures = false;
    boolean captions = false;
    for (ColumnChunkMetaData chunk : group.getColumns()) {
      String[] path = chunk.getPath().toArray();
      if (path[0].equals(columns.image())
          && (path.length == 1 || path[1].equals(ImageColumns.BYTES))) {
        pictures |=
            chunk.getTotalUncompressedSize() < PAGE_HEADER_BYTES + LEAST_PICTURE_BYTES * rows;
      } else if (columns.captionColumn().equals(Optional.of(path[0]))) {
        captions |= hasNulls(chunk) || smallestIsBlank(chunk);
      }
    }
    return new RowGroupHints(rows, pictures, captions);
  }

  private static boolean hasNulls(ColumnChunkMetaData chunk) {
    Statistics<?> statistics = chunk.getStatistics();
    return statistics != null && statistics.isNumNullsSet() && statistics.getNumNulls() > 0;
  }

  private static boolean smallestIsBlank(ColumnChunkMetaData chunk) {
    Statistics<?> statistics = chunk.getStatistics();
    return statistics != null
        && statistics.hasNonNullValue()
        && CaptionText.captions(statistics.minAsString()).isEmpty();
  }
}
