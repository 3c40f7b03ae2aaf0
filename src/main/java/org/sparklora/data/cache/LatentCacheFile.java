package org.sparklora.data.cache;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.SeekableInputStream;
import org.apache.parquet.schema.MessageType;
import org.sparklora.data.caption.Caption;
import org.sparklora.data.parquet.ParquetInput;

/** Reads row groups of one file of a latent cache. */
final class LatentCacheFile {
  private final HadoopInputFile input;
  private final ParquetReadOptions options;
  private final RecentFooters footers;

  LatentCacheFile(FileStatus status, Configuration configuration, RecentFooters footers)
      throws IOException {
    this.footers = footers;
    this.input = HadoopInputFile.fromStatus(status, configuration);
    this.options = ParquetInput.options(configuration).usePageChecksumVerification().build();
  }

  /**
   * All samples of a row group, in order.
   *
   * @throws RuntimeException when the file is damaged; checksums of pages are verified
   */
  List<LatentSample> read(int rowGroup) throws IOException {
    return read(rowGroup, input.newStream(), UnaryOperator.identity(), LatentSchema::fromGroup);
  }

  /** A place that keeps bytes which it has read from the store. */
  interface Keeper {
    byte[] get(LocalTier.Store store) throws IOException;
  }

  /** As {@link #read(int)}, with the row group's bytes kept. */
  List<LatentSample> read(int rowGroup, Keeper keeper) throws IOException {
    BlockMetaData block = footer().getBlocks().get(rowGroup);
    long begin = Long.MAX_VALUE;
    long end = 0;
    for (ColumnChunkMetaData column : block.getColumns()) {
      begin = Math.min(begin, column.getStartingPos());
      end = Math.max(end, column.getStartingPos() + column.getTotalSize());
    }
    long from = begin;
    int length = Math.toIntExact(end - begin);
    byte[] bytes = keeper.get(() -> bytes(from, length));
    return read(
        rowGroup, new PieceStream(from, bytes), UnaryOperator.identity(), LatentSchema::fromGroup);
  }

  private byte[] bytes(long begin, int length) throws IOException {
    byte[] bytes = new byte[length];
    try (SeekableInputStream stream = input.newStream()) {
      stream.seek(begin);
      stream.readFully(bytes);
    }
    return bytes;
  }

  /**
   * Reads the subjects of a row group's samples, in order, and no other column.
   *
   * @throws RuntimeException when the file is damaged, or has no subjects
   */
  List<String> readSubjects(int rowGroup) throws IOException {
    return read(rowGroup, input.newStream(), LatentSchema::subjectsOf, LatentSchema::subjectName);
  }

  /**
   * Reads the captions of a row group's samples, in order, and no other column.
   *
   * @throws RuntimeException when the file is damaged
   */
  List<List<Caption>> readCaptions(int rowGroup) throws IOException {
    return read(rowGroup, input.newStream(), LatentSchema::captionsOf, LatentSchema::captionsOfRow);
  }

  private <T> List<T> read(
      int rowGroup,
      SeekableInputStream stream,
      UnaryOperator<MessageType> projection,
      Function<Group, T> toRow)
      throws IOException {
    try (SeekableInputStream open = stream;
        ParquetFileReader file = ParquetFileReader.open(input, footer(), options, open)) {
      MessageType schema = file.getFooter().getFileMetaData().getSchema();
      MessageType wanted = projection.apply(schema);
      file.setRequestedSchema(wanted);
      PageReadStore pages = file.readRowGroup(rowGroup);
      RecordReader<Group> records =
          new ColumnIOFactory()
              .getColumnIO(wanted, schema)
              .getRecordReader(pages, new GroupRecordConverter(wanted));
      List<T> rows = new ArrayList<>();
      for (long row = 0; row < pages.getRowCount(); row++) {
        rows.add(toRow.apply(records.read()));
      }
      return List.copyOf(rows);
    }
  }

  private ParquetMetadata footer() throws IOException {
    Optional<ParquetMetadata> recent = footers.find(this);
    if (recent.isPresent()) {
      return recent.get();
    }
    try (ParquetFileReader file = ParquetFileReader.open(input, options)) {
      footers.keep(this, file.getFooter());
      return file.getFooter();
    }
  }
}
