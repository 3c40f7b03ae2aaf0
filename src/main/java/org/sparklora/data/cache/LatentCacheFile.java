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

/** Reads row groups of one file of a latent cache, or pages of them. */
final class LatentCacheFile {
  /** More rows than a row group has. */
  static final int ALL_ROWS = Integer.MAX_VALUE;

  private final HadoopInputFile input;
  private final ParquetReadOptions options;
  private final FileFacts facts;

  LatentCacheFile(FileStatus status, Configuration configuration, FileFacts facts)
      throws IOException {
    this.facts = facts;
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
    FileRange range = new FileRange(begin, Math.toIntExact(end - begin));
    byte[] bytes = keeper.get(() -> range.read(input));
    return read(
        rowGroup, new PieceStream(begin, bytes), UnaryOperator.identity(), LatentSchema::fromGroup);
  }

  /**
   * How many rows of a row group can be read without the others; {@link #ALL_ROWS} in a file of a
   * version that wrote pages as long as row groups.
   */
  int rowsOfPage() throws IOException {
    return pages().rowsOfPage();
  }

  /**
   * The samples of one page of a row group, in order.
   *
   * @param page from 0; each but the last has {@link #rowsOfPage} rows
   * @param keeper of the bytes that are read
   * @throws RuntimeException when the file is damaged; checksums of pages are verified
   */
  List<LatentSample> readPage(int rowGroup, int page, Keeper keeper) throws IOException {
    PageIndex index = pages();
    byte[] bytes = keeper.get(() -> FileRange.read(input, index.ranges(rowGroup, page)));
    return rows(
        index.pages(rowGroup, page, bytes),
        index.schema(),
        index.schema(),
        LatentSchema::fromGroup);
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
      return rows(file.readRowGroup(rowGroup), schema, wanted, toRow);
    }
  }

  private static <T> List<T> rows(
      PageReadStore pages, MessageType schema, MessageType wanted, Function<Group, T> toRow) {
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

  private PageIndex pages() throws IOException {
    Optional<PageIndex> known = facts.pages().find(this);
    return known.isPresent() ? known.get() : readPages();
  }

  /** Reads the index once. Other threads that need it wait for it. */
  private synchronized PageIndex readPages() throws IOException {
    Optional<PageIndex> known = facts.pages().find(this);
    if (known.isPresent()) {
      return known.get();
    }
    ParquetMetadata footer = readFooter();
    PageIndex index = PageIndex.read(input, options, footer);
    facts.pages().keep(this, index, footer.getBlocks().size());
    if (index.rowsOfPage() == ALL_ROWS) {
      facts.footers().keep(this, footer, footer.getBlocks().size());
    }
    return index;
  }

  private ParquetMetadata footer() throws IOException {
    Optional<ParquetMetadata> known = facts.footers().find(this);
    if (known.isPresent()) {
      return known.get();
    }
    ParquetMetadata footer = readFooter();
    facts.footers().keep(this, footer, footer.getBlocks().size());
    return footer;
  }

  private ParquetMetadata readFooter() throws IOException {
    try (ParquetFileReader file = ParquetFileReader.open(input, options)) {
      return file.getFooter();
    }
  }
}
