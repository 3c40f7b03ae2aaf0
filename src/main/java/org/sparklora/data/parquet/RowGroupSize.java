package org.sparklora.data.parquet;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ColumnPath;
import org.apache.parquet.schema.MessageType;
import org.sparklora.util.InvalidInputException;

/**
 * The bytes of a row group that are read, as the footer announces them.
 *
 * @param file its path
 * @param number of the row group in the file
 * @param rows of the row group
 * @param bytes of pictures and captions
 * @param divisible whether the file says where the pages lie, so that a few can be read at a time
 */
public record RowGroupSize(String file, int number, long rows, long bytes, boolean divisible) {
  /** A row group of this size is read whole, and a larger one in pieces of about this size. */
  public static final long PIECE_BYTES = 64L << 20;

  private static final double MIB = 1 << 20;

  /** The size of one row group. */
  public static RowGroupSize of(String file, int number, BlockMetaData group, MessageType wanted) {
    List<ColumnChunkMetaData> chunks = chunks(group, wanted);
    return new RowGroupSize(
        file,
        number,
        group.getRowCount(),
        chunks.stream().mapToLong(ColumnChunkMetaData::getTotalSize).sum(),
        chunks.stream().allMatch(chunk -> chunk.getOffsetIndexReference() != null));
  }

  /** The chunks of the wanted columns, the largest first. */
  public static List<ColumnChunkMetaData> chunks(BlockMetaData group, MessageType wanted) {
    Set<ColumnPath> paths = new TreeSet<>(Comparator.comparing(ColumnPath::toDotString));
    wanted.getPaths().forEach(path -> paths.add(ColumnPath.get(path)));
    List<ColumnChunkMetaData> chunks = new ArrayList<>();
    for (ColumnChunkMetaData chunk : group.getColumns()) {
      if (paths.contains(chunk.getPath())) {
        chunks.add(chunk);
      }
    }
    chunks.sort(Comparator.comparingLong(ColumnChunkMetaData::getTotalSize).reversed());
    return chunks;
  }

  /** The part of a heap that row groups may take, in bytes. */
  public static long room(long heap) {
    return heap / 2;
  }

  /**
   * Refuses a file whose row groups are read whole by this process and do not fit into its heap.
   *
   * @param wanted the columns that are read
   * @throws InvalidInputException (DATA) with both numbers
   */
  public static void requireWhole(ParquetFileReader file, String path, MessageType wanted) {
    long room = room(Runtime.getRuntime().maxMemory());
    List<BlockMetaData> groups = file.getRowGroups();
    for (int number = 0; number < groups.size(); number++) {
      RowGroupSize size = of(path, number, groups.get(number), wanted);
      if (size.bytes() > room) {
        throw size.tooLarge("", room);
      }
    }
  }

  /** Whether it is read in pieces. */
  public boolean inPieces() {
    return divisible && bytes > PIECE_BYTES;
  }

  /**
   * Refuses a row group that must be read at once and does not fit.
   *
   * @param room bytes of a process for row groups
   * @throws InvalidInputException (DATA) with both numbers, and how to write the file anew
   */
  public void require(long room) {
    if (!inPieces() && bytes > room) {
      throw tooLarge("", room);
    }
  }

  /** The refusal of a row group, or of a part of it, that does not fit. */
  public InvalidInputException tooLarge(String part, long room) {
    return InvalidInputException.data(
        String.format(
            Locale.ROOT,
            "Cannot read Parquet file: %s: row group %d has %.0f MiB in the columns that are"
                + " read%s, and the process that reads it has room for %.0f MiB. Write it anew with"
                + " smaller row groups: import pyarrow.parquet as pq;"
                + " pq.write_table(pq.read_table(FILE), NEW_FILE, row_group_size=%d); or give the"
                + " process more heap",
            file,
            number,
            bytes / MIB,
            part,
            room / MIB,
            Math.max(1, (long) (rows * (double) PIECE_BYTES / Math.max(1, bytes)))));
  }
}
