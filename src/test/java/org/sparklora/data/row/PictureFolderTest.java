package org.sparklora.data.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.Languages;
import org.sparklora.data.BadImages;
import org.sparklora.data.DataConfig;
import org.sparklora.data.DatasetFolder;
import org.sparklora.data.TestDataset;
import org.sparklora.data.TestPictures;
import org.sparklora.data.cache.CacheKey;
import org.sparklora.data.file.ApartFolder;
import org.sparklora.data.file.SplitChoice;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.InvalidInputException.Kind;

/** Data sets whose pictures are files. */
class PictureFolderTest {
  private static final Configuration CONFIGURATION = new Configuration();

  @TempDir Path folder;

  @Test
  void captionsStandInMetadataJsonLines() throws IOException {
    pictures("a.png", "sub/b.JPG");
    write(
        "metadata.jsonl",
        """
        {"file_name": "./x/../sub/b.JPG", "text": "a \\"b\\"", "source": 7}

        {"file_name": "a.png", "text": ["one", "two"]}
        """);
    List<ImageRow> rows = read(captioned());
    assertThat(rows).extracting(ImageRow::id).containsExactly(0L, 1L);
    assertThat(rows)
        .extracting(ImageRow::captions)
        .containsExactly(List.of("one", "two"), List.of("a \"b\""));
    assertThat(rows.get(1).image().orElseThrow()).isEqualTo(content("sub/b.JPG"));
  }

  @Test
  void captionsStandInMetadataCommaSeparatedValues() throws IOException {
    pictures("a.png", "b.webp", "c.bmp");
    write(
        "metadata.csv",
        String.join(
            "\r\n",
            "\uFEFFfile_name,label",
            "b.webp,\"red, \"\"round\"\"\nand new\"",
            "a.png,plain",
            "",
            "c.bmp,na",
            ""));
    DataConfig config = captionColumn("label");
    assertThat(read(config))
        .extracting(ImageRow::captions)
        .containsExactly(List.of("plain"), List.of("red, \"round\"\nand new"), List.of("na"));
  }

  @Test
  void aFoldersOwnMetadataIsRelativeToItAndCountsMost() throws IOException {
    pictures("a.png", "sub/b.png");
    write(
        "metadata.jsonl",
        """
        {"file_name": "a.png", "text": "top"}
        {"file_name": "sub/b.png", "text": "far"}
        """);
    write("sub/metadata.csv", "file_name,text\nb.png,near\n");
    assertThat(read(captioned()))
        .extracting(ImageRow::captions)
        .containsExactly(List.of("top"), List.of("near"));
  }

  @Test
  void captionsStandInTextFilesBesideThePictures() throws IOException {
    pictures("a.png", "b.gif", "c.d/e.f.jpeg");
    write("a.txt", "\uFEFF  a red circle \nnot this\n");
    write("b.caption", "1girl, solo");
    write("c.d/e.f.txt", "\n\u200B\n a dog");
    write("readme.txt", "of no picture");
    assertThat(read(captioned()))
        .extracting(ImageRow::captions)
        .containsExactly(List.of("a red circle"), List.of("1girl, solo"), List.of("a dog"));
  }

  @Test
  void theExtensionSaysWhichOfTwoTextFilesIsRead() throws IOException {
    pictures("a.png");
    write("a.txt", "tags");
    write("a.caption", "words");
    assertThat(read(config("text", ".caption", Optional.empty(), BadImages.FAIL)).get(0).captions())
        .containsExactly("words");
    assertProblems(
        captioned(),
        "Invalid captions: a.png has a.txt and a.caption; say with --caption_extension which to"
            + " read");
  }

  @Test
  void aPromptIsEveryPicturesCaption() throws IOException {
    pictures("a.png", "b.png");
    write("a.txt", "not this");
    assertThat(read(prompted("a photo of sks dog")))
        .extracting(ImageRow::captions)
        .containsOnly(List.of("a photo of sks dog"));
  }

  @Test
  void parquetNeedsNoCaptionColumnWhereThereIsAPrompt() throws IOException {
    TestDataset.write(
        folder.resolve("a.parquet"),
        MessageTypeParser.parseMessageType("message m { required binary image; }"),
        List.of(row -> row.add("image", Binary.fromConstantByteArray(new byte[] {1, 2}))));
    assertThat(read(prompted("sks")).get(0).captions()).containsExactly("sks");
    assertProblems(captioned(), "Missing column: text .*");
  }

  @Test
  void hiddenFilesAndFilesOfOtherKindsAreNoPictures() throws IOException {
    pictures("a.png", ".b.png", "__MACOSX/._a.png", "__c/d.png", "_temporary/0/e.png");
    write("LICENSE", "");
    write("notes.md", "");
    ImageDataset dataset = open(prompted("x"));
    assertThat(dataset.rows()).isEqualTo(1);
    assertThat(String.join("\n", dataset.remarks()))
        .contains("1 file: .b.png", "2 files: __MACOSX/._a.png, __c/d.png", "_temporary/0/e.png");
  }

  @Test
  void camerasBeginNamesWithAnUnderscore() throws IOException {
    pictures("MG_0000.png", "_MG_0001.png", "MG_0002.png", "_MG_0003.png", "_edited/_MG_0004.png");
    ImageDataset dataset = open(prompted("x"));
    assertThat(dataset.rows()).isEqualTo(5);
    assertThat(dataset.remarks()).isEmpty();
  }

  @Test
  void picturesThatMetadataNamesAreReadWhateverTheyAreCalled() throws IOException {
    pictures("a.png", ".b.png", "__c/d.png", ".other.png");
    write("metadata.jsonl", jsonLine("a.png") + jsonLine(".b.png") + jsonLine("__c/d.png"));
    ImageDataset dataset = open(captioned());
    assertThat(dataset.rows()).isEqualTo(3);
    assertThat(dataset.remarks()).singleElement().asString().endsWith("1 file: .other.png");
  }

  @Test
  void followsLinksOnceAndTakesNoPictureTwice() throws IOException {
    pictures("a.png", "sub/b.png", "sub/c.png");
    Files.createSymbolicLink(folder.resolve("loop"), Path.of("."));
    Files.createSymbolicLink(folder.resolve("sub/up"), Path.of(".."));
    Files.createSymbolicLink(folder.resolve("a again.png"), Path.of("a.png"));
    Files.createSymbolicLink(folder.resolve("nowhere.png"), Path.of("gone.png"));
    ImageDataset dataset = open(prompted("x"));
    assertThat(dataset.rows()).isEqualTo(3);
    assertThat(String.join("\n", dataset.remarks()))
        .contains("1 file: a again.png", "1 file: nowhere.png");
  }

  @Test
  void followsLinksToOtherFolders(@TempDir Path elsewhere) throws IOException {
    pictures("a.png");
    Files.write(elsewhere.resolve("b.png"), TestDataset.png(2, 2, 1));
    Files.createSymbolicLink(folder.resolve("others"), elsewhere);
    Files.createSymbolicLink(folder.resolve("the same"), elsewhere);
    assertThat(((PictureDataset) open(prompted("x"))).pictures())
        .extracting(Picture::name)
        .containsExactly("a.png", "others/b.png");
  }

  @Test
  void whatTheRunItselfWritesIsNoData() throws IOException {
    pictures("a.png", "out/validation/step-1/0.png", "class/c.png", "earlier/samples.png");
    Files.createDirectories(folder.resolve("earlier/report"));
    write("earlier/report/history.json", "{}");
    List<ApartFolder> apart =
        List.of(
            new ApartFolder("--output_dir", folder.resolve("out").toUri().toString()),
            new ApartFolder("--class_data_dir", folder.resolve("class").toString()),
            new ApartFolder("--logging_dir", folder.resolve("a.p").toString()));
    ImageDataset dataset = new DatasetFolder(CONFIGURATION).open(prompted("x"), apart);
    assertThat(dataset.rows()).isEqualTo(1);
    assertThat(String.join("\n", dataset.remarks()))
        .contains("--output_dir: 1 file: out/validation", "--class_data_dir: 1 file: class/c.png")
        .contains("since an earlier run wrote them");
    assertThatThrownBy(
            () ->
                new DatasetFolder(CONFIGURATION)
                    .open(
                        prompted("x"),
                        List.of(new ApartFolder("--output_dir", folder.toString() + "/"))))
        .isInstanceOfSatisfying(
            InvalidInputException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CONFIGURATION))
        .hasMessageContaining("it is the data set's folder");
  }

  @Test
  void trainsOnTheTrainSplitWhateverCaptionsTheOthersHave() throws IOException {
    pictures("train/a.png", "train/b.png", "test/c.png");
    write("train/metadata.jsonl", jsonLine("a.png") + jsonLine("b.png"));
    write("test/metadata.jsonl", "no JSON at all");
    ImageDataset dataset = open(captioned());
    assertThat(dataset.rows()).isEqualTo(2);
    assertThat(dataset.remarks())
        .singleElement()
        .asString()
        .endsWith("Left out as of the split test: 1 file: test/c.png");
    Files.delete(folder.resolve("train/metadata.jsonl"));
    Files.delete(folder.resolve("test/metadata.jsonl"));
    write("metadata.jsonl", jsonLine("train/a.png") + jsonLine("train/b.png"));
    assertThat(open(captioned()).rows()).isEqualTo(2);
    write(
        "metadata.jsonl",
        jsonLine("train/a.png") + jsonLine("train/b.png") + jsonLine("test/c.png"));
    assertThat(open(captioned()).rows()).isEqualTo(2);
  }

  @Test
  void aTrainingFolderOfDiffusersScriptsIsTakenWhole() throws IOException {
    pictures("train/a.png", "test/c.png");
    ImageDataset dataset = open(TestDataset.ofSplit(prompted("x"), SplitChoice.EVERY_PICTURE));
    assertThat(dataset.rows()).isEqualTo(2);
    assertThat(dataset.remarks()).singleElement().asString().contains("train, test");
  }

  private static String jsonLine(String picture) {
    return "{\"file_name\": \"%s\", \"text\": \"a caption\"}\n".formatted(picture);
  }

  @Test
  void asksForCaptionsWhereThereAreNone() throws IOException {
    pictures("a.png", "b.png");
    assertProblems(
        captioned(),
        "Missing captions: .* has 2 pictures and no captions; add a metadata.jsonl with file_name"
            + " and text, or a .txt file beside each picture, or give --instance_prompt");
  }

  @Test
  void namesAllPicturesWithoutCaptionAndAllCaptionsWithoutPicture() throws IOException {
    pictures("a.png", "b.png", "c.png");
    write(
        "metadata.jsonl",
        """
        {"file_name": "b.png", "text": "b"}
        {"file_name": "1:2.png", "text": "x"}
        """);
    assertProblems(
        captioned(),
        "Missing picture: 1:2.png, named in line 2 of .*metadata.jsonl",
        "Missing caption: .*a.png has none; write one, or leave it out with --on_bad_image=skip",
        "Missing caption: .*c.png has none; write one, or leave it out with --on_bad_image=skip");
  }

  @Test
  void namesTheFirstOfManyPicturesWithoutCaption() throws IOException {
    for (int i = 0; i < 30; i++) {
      pictures(String.format(Locale.ROOT, "%02d.png", i));
    }
    write("07.txt", "seven");
    assertThatThrownBy(() -> open(captioned()))
        .isInstanceOfSatisfying(
            InvalidInputException.class,
            e -> {
              assertThat(e.problems()).hasSize(21);
              assertThat(e.problems().get(20))
                  .isEqualTo(
                      "... and 9 more pictures without a caption, each needs a file of the same"
                          + " name that ends with .txt or .caption");
            });
  }

  @Test
  void picturesWithoutCaptionMayBeLeftToTheJob() throws IOException {
    pictures("a.png", "b.png");
    write("b.txt", "b");
    List<ImageRow> rows = read(config("text", "", Optional.empty(), BadImages.SKIP));
    assertThat(rows).extracting(ImageRow::captions).containsExactly(List.of(), List.of("b"));
  }

  @Test
  void refusesMetadataThatCannotBeRead() throws IOException {
    pictures("a.png");
    write(
        "metadata.jsonl",
        """
        {"file_name": "a.png", "text": "a"}
        {"file_name": "a.png", "text": 3}
        {"text": "whose"}
        """);
    assertProblems(
        captioned(),
        "Invalid metadata: line 2 of .*metadata.jsonl: text is neither a text nor a list of texts",
        "Invalid metadata: line 3 of .*metadata.jsonl has no file_name",
        "Invalid metadata: line 2 of .*metadata.jsonl names a.png again; give it one row, with a"
            + " list of its captions");
    write("metadata.jsonl", "{\"file_name\": \"a.png\"\nnothing\n");
    assertProblems(
        captioned(),
        "Invalid metadata: line 1 of .* is no JSON object",
        "Invalid metadata: line 2 of .* is no JSON object");
    write("metadata.jsonl", "{\"file_name\": \"a.png\", \"txt\": \"a\"}");
    assertProblems(
        captioned(),
        "Missing column: text \\(--caption_column\\) in .*metadata.jsonl; its columns are"
            + " file_name, txt, did you mean txt\\?");
    write("metadata.csv", "file_name,text\na.png,a, b\n");
    Files.delete(folder.resolve("metadata.jsonl"));
    assertProblems(
        captioned(),
        "Invalid metadata: line 2 of .*metadata.csv has 3 cells, the header 2; put cells with"
            + " commas in double quotes");
    Files.write(
        folder.resolve("metadata.csv"),
        "file_name,text\na.png,\u00fc".getBytes(StandardCharsets.ISO_8859_1));
    assertProblems(captioned(), "Cannot read metadata: .*metadata.csv: it is not UTF-8; .*");
  }

  @Test
  void refusesTwoMetadataFilesInAFolder() throws IOException {
    pictures("a.png");
    write("metadata.csv", "file_name,text\na.png,a\n");
    write("metadata.jsonl", "{\"file_name\": \"a.png\", \"text\": \"a\"}");
    assertProblems(
        captioned(),
        "Invalid metadata: .*metadata.jsonl beside another metadata file; keep one of"
            + " metadata.jsonl and metadata.csv and metadata.parquet");
  }

  @Test
  void refusesParquetAndPicturesInOneFolder() throws IOException {
    pictures("a.png");
    TestDataset.write(folder.resolve("a.parquet"), TestDataset.HUGGING_FACE, List.of());
    assertProblems(
        captioned(),
        "Invalid data set: mixed, .* has 1 Parquet file and 1 picture; give a folder of either");
  }

  @Test
  void refusesACaptionThatIsNotUtf8() throws IOException {
    pictures("a.png");
    Files.write(folder.resolve("a.txt"), "\u00fc".getBytes(StandardCharsets.ISO_8859_1));
    assertProblems(captioned(), "Cannot read caption: .*a.txt: it is not UTF-8; write it anew");
  }

  @Test
  void rangesAreOfThePicturesInOrder() throws IOException {
    for (int i = 0; i < 40; i++) {
      pictures(String.format(Locale.ROOT, "%02d.png", i));
    }
    ImageDataset dataset = open(prompted("x"));
    assertThat(dataset.ranges()).extracting(RowRange::firstId).containsExactly(0L, 16L, 32L);
    assertThat(dataset.ranges()).extracting(RowRange::rows).containsExactly(16L, 16L, 8L);
    assertThat(dataset.ranges().get(1).badImage(17, "why").text()).isEqualTo("17.png: why");
    assertThat(read(prompted("x"))).extracting(ImageRow::id).isSorted().hasSize(40);
  }

  @Test
  void theCacheIsKeyedByPicturesNamesAndCaptions() throws IOException {
    pictures("a.png", "b.png");
    write("a.txt", "a");
    write("b.txt", "b");
    List<String> keys = new ArrayList<>(List.of(key(captioned())));
    assertThat(key(captioned())).isEqualTo(keys.get(0));
    write("b.txt", "B");
    keys.add(key(captioned()));
    Files.write(folder.resolve("a.png"), TestDataset.png(3, 3, 0x123456));
    keys.add(key(captioned()));
    Files.move(folder.resolve("a.png"), folder.resolve("a.jpg"));
    keys.add(key(captioned()));
    keys.add(key(prompted("p")));
    keys.add(key(prompted("q")));
    write("metadata.csv", "file_name,text\na.jpg,a\nb.png,b\n");
    keys.add(key(captioned()));
    assertThat(keys).doesNotHaveDuplicates().hasSize(7);
  }

  @Test
  void aKeyIsTheSameInEveryLanguage() throws Exception {
    pictures("a.png", "b.png");
    write("a.txt", "A");
    write("b.txt", "B");
    String here = key(captioned());
    assertThat(Languages.each(() -> key(captioned()))).containsOnly(here);
  }

  private static String key(DataConfig config) {
    return CacheKey.of(open(config), config, "encoder");
  }

  private void pictures(String... names) throws IOException {
    for (String name : names) {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, TestDataset.png(2, 2, name.hashCode()));
    }
  }

  private byte[] content(String name) throws IOException {
    return Files.readAllBytes(folder.resolve(name));
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private DataConfig captioned() {
    return captionColumn("text");
  }

  private DataConfig captionColumn(String name) {
    return config(name, "", Optional.empty(), BadImages.FAIL);
  }

  private DataConfig prompted(String prompt) {
    return config("text", "", Optional.of(prompt), BadImages.FAIL);
  }

  private DataConfig config(
      String captionColumn, String extension, Optional<String> prompt, BadImages onBadImage) {
    return TestPictures.config(folder, captionColumn, extension, prompt, onBadImage);
  }

  private static ImageDataset open(DataConfig config) {
    return new DatasetFolder(CONFIGURATION).open(config);
  }

  private static List<ImageRow> read(DataConfig config) throws IOException {
    List<ImageRow> rows = new ArrayList<>();
    for (RowRange range : open(config).ranges()) {
      try (ImageRows reader = range.open(CONFIGURATION)) {
        for (Optional<ImageRow> row = reader.next(); row.isPresent(); row = reader.next()) {
          rows.add(row.get());
        }
      }
    }
    return rows;
  }

  private static void assertProblems(DataConfig config, String... patterns) {
    assertThatThrownBy(() -> open(config))
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
