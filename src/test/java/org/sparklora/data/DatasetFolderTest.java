package org.sparklora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.data.caption.Captions;
import org.sparklora.data.file.SplitChoice;
import org.sparklora.data.parquet.DataFile;
import org.sparklora.data.parquet.ImageColumns;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.data.row.ImageRow;
import org.sparklora.data.row.ImageRows;
import org.sparklora.data.row.ParquetDataset;
import org.sparklora.data.row.ParquetRange;
import org.sparklora.data.row.RowRange;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.InvalidInputException.Kind;

class DatasetFolderTest {
  private static final Configuration CONFIGURATION = new Configuration();
  private static final byte[] IMAGE = {1, 2, 3};
  private static final ImageColumns COLUMNS =
      new ImageColumns("image", new Captions.Column("text"), "");

  @TempDir Path folder;

  @Test
  void opensTheTwemojiSet() {
    ImageDataset dataset = open("src/quickstart/twemoji");
    assertThat(dataset.rows()).isEqualTo(1489);
    assertThat(files(dataset))
        .extracting(DataFile::name)
        .containsExactly("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet");
  }

  @Test
  void rangesCoverEveryRowOnceInOrder() throws IOException {
    ImageDataset dataset = open("src/quickstart/twemoji");
    List<ImageRow> whole = new ArrayList<>();
    for (DataFile file : files(dataset)) {
      whole.addAll(read(new ParquetRange(file, COLUMNS, 0, file.rows(), List.of(), false)));
    }
    assertThat(whole).hasSize(1489);
    long next = 0;
    for (RowRange range : dataset.ranges()) {
      assertThat(range.firstId()).isEqualTo(next);
      for (ImageRow row : read(range)) {
        ImageRow same = whole.get((int) next);
        assertThat(row.id()).isEqualTo(same.id()).isEqualTo(next++);
        assertThat(row.captions()).isEqualTo(same.captions());
        assertThat(row.image().orElseThrow()).isEqualTo(same.image().orElseThrow());
      }
    }
    assertThat(next).isEqualTo(1489);
  }

  @Test
  void cutsLargeRowGroupsAndJoinsSmallOnes() {
    assertThat(rangeRows(100, 5, 5, 5, 5)).containsExactly(16L, 17L, 17L, 16L, 17L, 17L, 15L, 5L);
    assertThat(rangeRows(3, 3, 20, 3)).containsExactly(6L, 20L, 3L);
    assertThat(rangeRows(1_000_000)).hasSize(16);
    long[] groups = LongStream.generate(() -> 100).limit(10_000).toArray();
    assertThat(rangeRows(groups)).hasSize(1112).startsWith(900L);
  }

  private static List<Long> rangeRows(long... rowGroups) {
    DataFile file = new DataFile("/a", "a", "", 0, rowGroups, false);
    return new ParquetDataset(
            "/", List.of(file), COLUMNS, Optional.empty(), Optional.empty(), List.of())
        .ranges().stream().map(RowRange::rows).toList();
  }

  @Test
  void findsFilesAtAnyDepthButNoHiddenOnes() throws IOException {
    for (String name :
        List.of("b.parquet", "a/deep/c.parquet", "_tmp/d.parquet", "a/.e.parquet", "a/f.txt")) {
      writeRows(name, 1);
    }
    assertThat(files(open(folder.toString())))
        .extracting(DataFile::name)
        .containsExactly("a/deep/c.parquet", "b.parquet");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train.parquet validation.parquet test.parquet",
        "train/0000.parquet validation/0000.parquet test/0000.parquet",
        "my_train_images.parquet my_validation_images.parquet my_test_images.parquet",
        "data/train-00000-of-00001.parquet data/dev-00000-of-00001.parquet"
            + " data/x-00000-of-00001.parquet",
        "split=train/a.parquet split=val/b.parquet split=test/c.parquet"
      })
  void trainsOnTheTrainSplitAndSaysWhatIsLeftOut(String names) throws IOException {
    String[] files = names.split(" ", -1);
    writeRows(files[0], 3);
    writeRows(files[1], 1);
    writeRows(files[2], 2);
    ImageDataset dataset = open(folder.toString());
    assertThat(files(dataset)).extracting(DataFile::name).containsExactly(files[0]);
    assertThat(dataset.rows()).isEqualTo(3);
    assertThat(dataset.remarks()).hasSize(2);
    assertThat(String.join("\n", dataset.remarks()))
        .contains("1 file: " + files[1], "1 file: " + files[2]);
  }

  @Test
  void readsTheSplitThatIsAskedFor() throws IOException {
    writeRows("train.parquet", 3);
    writeRows("val.parquet", 1);
    writeRows("notes.parquet", 2);
    assertThat(open(SplitChoice.named("validation")).rows()).isEqualTo(1);
    assertThat(open(SplitChoice.EVERYTHING).rows()).isEqualTo(6);
    assertThat(open(SplitChoice.EVERYTHING).remarks()).isEmpty();
    assertThat(open(SplitChoice.EVERY_PICTURE).rows()).isEqualTo(3);
    assertThat(open(SplitChoice.HELD_OUT).rows()).isEqualTo(1);
    assertThat(open(SplitChoice.TRAIN).remarks())
        .anyMatch(remark -> remark.matches(".*Left out as of no split: 1 file: notes.parquet"));
  }

  @Test
  void namesTheSplitsThereAre() throws IOException {
    writeRows("train.parquet", 3);
    writeRows("test/a.parquet", 1);
    assertThatThrownBy(() -> open(SplitChoice.named("train")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageMatching(
            "Missing split: .* has no split train, it has test \\(1 file: test/a.parquet\\); give"
                + " one of them with --dataset_split, or all");
  }

  @Test
  void saysThatWordsOfSplitsAreInLowerCase() throws IOException {
    writeRows("Train/a.parquet", 3);
    writeRows("Test/b.parquet", 1);
    ImageDataset dataset = open(folder.toString());
    assertThat(dataset.rows()).isEqualTo(4);
    assertThat(dataset.remarks()).singleElement().asString().contains("test", "lower case");
  }

  @Test
  void theNameOfTheFolderItselfSaysNothing() throws IOException {
    writeRows("my test/a.parquet", 3);
    assertThat(open(folder.resolve("my test").toString()).rows()).isEqualTo(3);
    assertThat(open(folder.resolve("my test/a.parquet").toString()).rows()).isEqualTo(3);
  }

  @Test
  void saysWhichParquetFilesArePassedOver() throws IOException {
    writeRows("a.parquet", 1);
    writeRows("_b.parquet", 1);
    writeRows("_year=2020/c.parquet", 1);
    ImageDataset dataset = open(folder.toString());
    assertThat(dataset.rows()).isEqualTo(2);
    assertThat(String.join("\n", dataset.remarks())).contains("1 file: _b.parquet");
    Files.delete(folder.resolve("a.parquet"));
    Files.delete(folder.resolve("_year=2020/c.parquet"));
    assertProblems("Invalid data set: empty, .*: 1 file: _b.parquet.*");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Delta _delta_log/00000000000000000000.json",
        "Hudi .hoodie/hoodie.properties",
        "Iceberg metadata/v1.metadata.json",
        "Iceberg metadata/00003-5b3d8d8e-6d0c-4f25-8f0e-8d5b7f4f1c11.gz.metadata.json",
        "Paimon schema/schema-0",
        "Lance _versions/1.manifest",
        "Spark's _spark_metadata/0"
      })
  void neverReadsATableAsLooseParquet(String line) throws IOException {
    String format = line.substring(0, line.indexOf(' '));
    writeRows("tables/one/data/day=1/a.parquet", 1);
    Path note = folder.resolve("tables/one").resolve(line.substring(line.indexOf(' ') + 1));
    Files.createDirectories(note.getParent());
    Files.writeString(note, "{}");
    for (String given :
        List.of("", "tables", "tables/one", "tables/one/data", "tables/one/data/day=1/a.parquet")) {
      assertProblems(
          folder.resolve(given),
          "Unsupported data set: .*/tables/one.* a table of " + format + ".*write.parquet.*");
    }
  }

  @Test
  void aFolderOfOtherMetadataIsNoTable() throws IOException {
    writeRows("a.parquet", 1);
    Files.createDirectories(folder.resolve("metadata"));
    Files.writeString(folder.resolve("metadata/about.metadata.json"), "{}");
    assertThat(open(folder.toString()).rows()).isEqualTo(1);
  }

  @Test
  void takesTheTrainingSplitWhereThereAreSplits() throws IOException {
    writeRows("data/train-00000-of-00001.parquet", 2);
    writeRows("data/test-00000-of-00001.parquet", 3);
    assertThat(open(folder.toString()).rows()).isEqualTo(2);
  }

  @Test
  void takesASingleFile() throws IOException {
    writeRows("one.parquet", 3);
    ImageDataset dataset = open(folder.resolve("one.parquet").toString());
    assertThat(dataset.rows()).isEqualTo(3);
    assertThat(files(dataset)).extracting(DataFile::name).containsExactly("one.parquet");
  }

  @Test
  void readsFoldersWithNamesThatLookLikePatterns() throws IOException {
    writeRows("a [1] {x}*/b c.parquet", 3);
    ImageDataset dataset = open(folder.toString());
    assertThat(read(dataset.ranges().get(0))).hasSize(3);
  }

  @Test
  void namesTheColumnsThereAreAndTheNearest() throws IOException {
    MessageType schema =
        MessageTypeParser.parseMessageType(
            "message m { required binary img; required binary caption (STRING); }");
    TestDataset.write(folder.resolve("a.parquet"), schema, List.of());
    assertProblems(
        "Missing column: image \\(--image_column\\) in .*a.parquet; its columns are img, caption,"
            + " did you mean img\\?",
        "Missing column: text \\(--caption_column\\) in .*a.parquet; its columns are img, caption");
  }

  @Test
  void refusesColumnsOfOtherTypes() throws IOException {
    MessageType schema =
        MessageTypeParser.parseMessageType(
            "message m { required binary image (STRING); required int64 text; }");
    TestDataset.write(folder.resolve("a.parquet"), schema, List.of());
    assertProblems(
        "Unsupported column: image .* is of texts, such as paths or addresses, and no pictures; .*",
        "Unsupported column: text .* must be string or list<string>");
  }

  @Test
  void refusesAMissingFolder() {
    assertProblems(folder.resolve("nowhere"), "Missing data set: .*nowhere does not exist; .*");
  }

  @Test
  void refusesAnUnknownFileSystem() {
    assertThatThrownBy(() -> open("ftpx://host/data"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Cannot read data set: ftpx://host/data: ");
  }

  @Test
  void refusesAFolderWithoutParquetAndPictures() {
    assertProblems("Invalid data set: empty, .* has no .parquet files and no pictures \\(jpg, .*");
  }

  @Test
  void refusesZeroRows() throws IOException {
    writeRows("a.parquet", 0);
    assertProblems("Invalid data set: empty, .* has no rows");
  }

  @Test
  void namesEveryFileThatIsNotParquet() throws IOException {
    Files.writeString(folder.resolve("a.parquet"), "not a Parquet file at all");
    Files.writeString(folder.resolve("b.parquet"), "");
    assertProblems(
        "Cannot read Parquet file: .*a.parquet: .*", "Cannot read Parquet file: .*b.parquet: .*");
  }

  @Test
  void readsPlainBinaryAndListsOfCaptions() throws IOException {
    MessageType schema =
        MessageTypeParser.parseMessageType(
            """
            message m {
              optional binary image;
              optional group text (LIST) {
                repeated group list { optional binary element (STRING); }
              }
            }
            """);
    Consumer<Group> twoCaptions =
        row -> {
          row.add("image", Binary.fromConstantByteArray(IMAGE));
          Group captions = row.addGroup("text");
          captions.addGroup("list").add("element", "one");
          captions.addGroup("list");
          captions.addGroup("list").add("element", "two");
        };
    TestDataset.write(folder.resolve("a.parquet"), schema, List.of(twoCaptions, row -> {}));
    List<ImageRow> rows = read(open(folder.toString()).ranges().get(0));
    assertThat(rows.get(0).captions()).containsExactly("one", "two");
    assertThat(rows.get(0).image().orElseThrow()).isEqualTo(IMAGE);
    assertThat(rows.get(1).captions()).isEmpty();
    assertThat(rows.get(1).image()).isEmpty();
  }

  @Test
  void damageBehindAGoodFooterIsNamed() throws IOException {
    writeRows("a.parquet", 3);
    try (FileChannel file =
        FileChannel.open(folder.resolve("a.parquet"), StandardOpenOption.WRITE)) {
      byte[] noise = new byte[16];
      Arrays.fill(noise, (byte) 0xff);
      file.write(ByteBuffer.wrap(noise), 4);
    }
    Files.deleteIfExists(folder.resolve(".a.parquet.crc"));
    ImageDataset damaged = open(folder.toString());
    assertThatThrownBy(() -> read(damaged.ranges().get(0)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("a.parquet: damaged at row 0")
        .hasMessageContaining("write it anew");
  }

  private void writeRows(String name, int rows) throws IOException {
    TestDataset.write(
        folder.resolve(name),
        TestDataset.HUGGING_FACE,
        Collections.nCopies(rows, TestDataset.row(IMAGE, "a caption")));
  }

  private static List<DataFile> files(ImageDataset dataset) {
    return ((ParquetDataset) dataset).files();
  }

  private static ImageDataset open(String location) {
    return new DatasetFolder(CONFIGURATION).open(TestDataset.config(location, 8));
  }

  private ImageDataset open(SplitChoice split) {
    DataConfig config = TestDataset.ofSplit(TestDataset.config(folder.toString(), 8), split);
    return new DatasetFolder(CONFIGURATION).open(config);
  }

  private static List<ImageRow> read(RowRange range) throws IOException {
    List<ImageRow> rows = new ArrayList<>();
    try (ImageRows reader = range.open(CONFIGURATION)) {
      for (Optional<ImageRow> row = reader.next(); row.isPresent(); row = reader.next()) {
        rows.add(row.get());
      }
    }
    return rows;
  }

  private void assertProblems(String... patterns) {
    assertProblems(folder, patterns);
  }

  private static void assertProblems(Path location, String... patterns) {
    assertThatThrownBy(() -> open(location.toString()))
        .isInstanceOfSatisfying(
            InvalidInputException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.DATA);
              assertThat(e.problems()).hasSameSizeAs(patterns);
              for (int i = 0; i < patterns.length; i++) {
                assertThat(e.problems().get(i)).matches(patterns[i]);
              }
            });
  }
}
