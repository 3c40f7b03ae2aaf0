package org.sparklora.data.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.data.TestDataset;
import org.sparklora.data.caption.Captions;
import org.sparklora.data.image.PictureMemory;
import org.sparklora.data.parquet.DataFile;
import org.sparklora.data.parquet.ImageColumns;
import org.sparklora.data.parquet.ParquetInput;
import org.sparklora.data.parquet.RowGroupSize;
import org.sparklora.util.InvalidInputException;

/** Row groups of many large pictures: read in pieces, or refused by their size. */
class ParquetRowsTest {
  private static final int ROWS = 120;
  private static final int PICTURE = 20_000;
  private static final long KIB = 1024;
  private static final Configuration CONFIGURATION = new Configuration();
  private static final ImageColumns COLUMNS =
      new ImageColumns("image", new Captions.Column("text"), "");

  @TempDir private Path folder;
  private DataFile file;

  /** Two row groups of 60 pictures, in pages of three; captions are in fewer pages. */
  @BeforeEach
  void write() throws IOException {
    Path path = folder.resolve("a.parquet");
    Random random = new Random(3);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(
                HadoopOutputFile.fromPath(
                    new org.apache.hadoop.fs.Path(path.toUri()), CONFIGURATION))
            .withType(TestDataset.HUGGING_FACE)
            .withPageSize(3 * PICTURE)
            .withMinRowCountForPageSizeCheck(1)
            .withMaxRowCountForPageSizeCheck(1)
            .withRowGroupRowCountLimit(ROWS / 2)
            .build()) {
      for (int row = 0; row < ROWS; row++) {
        byte[] picture = new byte[PICTURE + row];
        random.nextBytes(picture);
        Group group = new SimpleGroup(TestDataset.HUGGING_FACE);
        TestDataset.row(picture, "caption " + row).accept(group);
        writer.write(group);
      }
    }
    file = new DataFile(path.toString(), "a.parquet", "", 0, new long[] {ROWS / 2, ROWS / 2}, true);
  }

  @ParameterizedTest
  @CsvSource({"0, 120", "0, 60", "17, 61", "60, 120", "75, 99", "119, 120"})
  void piecesHaveTheSameRowsAsWholeRowGroups(long from, long to) throws IOException {
    List<ImageRow> whole = rows(from, to, 100_000 * KIB, Long.MAX_VALUE);
    assertThat(whole).hasSize((int) (to - from));
    for (long piece : new long[] {1, 100 * KIB, 500 * KIB}) {
      List<ImageRow> pieces = rows(from, to, 600 * KIB, piece);
      assertThat(pieces)
          .usingRecursiveComparison()
          .withEqualsForType(Arrays::equals, byte[].class)
          .isEqualTo(whole);
    }
    assertThat(whole.get(0).captions()).containsExactly("caption " + from);
    assertThat(whole.get(0).image().orElseThrow()).hasSize(PICTURE + (int) from);
  }

  @Test
  void aRowGroupThatMustBeReadAtOnceIsRefusedByItsSize() {
    assertThatThrownBy(() -> rows(0, ROWS, 500 * KIB, Long.MAX_VALUE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("row group 0 has 1 MiB in the columns that are read, and the process")
        .hasMessageContaining("row_group_size=")
        .hasMessageContaining("or give the process more heap");
  }

  @Test
  void aPageThatDoesNotFitIsRefused() {
    assertThatThrownBy(() -> rows(0, ROWS, 50 * KIB, 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("of them in one page");
  }

  @Test
  void theMemoryIsGivenBack() throws IOException {
    PictureMemory memory = new PictureMemory(600 * KIB);
    for (int i = 0; i < 3; i++) {
      assertThat(read(range(0, ROWS), memory, 400 * KIB)).hasSize(ROWS);
    }
    memory.take(600 * KIB).close();
  }

  @Test
  void theFooterTellsWhetherARowGroupCanBeDivided() throws IOException {
    try (ParquetFileReader reader = ParquetInput.open(file.path(), CONFIGURATION)) {
      RowGroupSize size =
          RowGroupSize.of(
              file.path(),
              1,
              reader.getRowGroups().get(1),
              COLUMNS.projection(TestDataset.HUGGING_FACE));
      assertThat(size.divisible()).isTrue();
      assertThat(size.bytes()).isBetween(60L * PICTURE, 61L * PICTURE);
      new RowGroupSize("f", 0, 1000, 3L << 30, true).require(KIB);
      assertThatThrownBy(() -> new RowGroupSize("f", 0, 1000, 3L << 30, false).require(1L << 30))
          .hasMessageContaining("f: row group 0 has 3072 MiB in the columns")
          .hasMessageContaining("room for 1024 MiB")
          .hasMessageContaining("row_group_size=20)");
    }
  }

  private List<ImageRow> rows(long from, long to, long memory, long piece) throws IOException {
    return read(range(from, to), new PictureMemory(memory), piece);
  }

  private ParquetRange range(long from, long to) {
    return new ParquetRange(file, COLUMNS, from, to, List.of(), false);
  }

  private static List<ImageRow> read(ParquetRange range, PictureMemory memory, long piece)
      throws IOException {
    List<ImageRow> rows = new ArrayList<>();
    try (ParquetRows reader = new ParquetRows(range, CONFIGURATION, memory, piece)) {
      for (Optional<ImageRow> row = reader.next(); row.isPresent(); row = reader.next()) {
        rows.add(row.get());
      }
    }
    return rows;
  }
}
