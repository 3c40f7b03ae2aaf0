package org.sparklora.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.row.ImageDataset;

/** Rows of Parquet files that lack a picture or a caption, and files that cannot be read. */
class ParquetGapsTest {
  private static final byte[] PNG = TestDataset.noise(8, 8, 1);
  private static final String CURE = "; write one, or leave it out with --on_bad_image=skip";

  @TempDir Path folder;

  @Test
  void nullAndBlankCaptionsAreNamedOrLeftOut() throws IOException {
    write(
        "a.parquet",
        TestDataset.row(PNG, "a cat"),
        TestDataset.row(PNG, ""),
        TestDataset.row(PNG, "[]"),
        row -> row.addGroup("image").add("bytes", Binary.fromConstantByteArray(PNG)),
        TestDataset.row(PNG, "\u00A0 \u200B"));
    TestPictures data = new TestPictures(folder);
    data.assertProblems(
        BadImages.FAIL,
        "Missing caption: row 1 of .*a.parquet has a blank one in text" + CURE,
        "Missing caption: row 2 of .*a.parquet has a blank one in text" + CURE,
        "Missing caption: row 3 of .*a.parquet has a blank one in text" + CURE,
        "Missing caption: row 4 of .*a.parquet has a blank one in text" + CURE);
    assertThat(data.captions(BadImages.SKIP))
        .containsExactly(List.of("a cat"), List.of(), List.of(), List.of(), List.of());
  }

  @Test
  void blankEntriesOfListsAreNoCaptions() throws IOException {
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
    TestDataset.write(
        folder.resolve("a.parquet"), schema, List.of(list("", "a cat"), list(" "), list()));
    TestPictures data = new TestPictures(folder);
    data.assertProblems(
        BadImages.FAIL,
        "Missing caption: row 1 of .*" + CURE,
        "Missing caption: row 2 of .*" + CURE);
    assertThat(data.captions(BadImages.SKIP))
        .containsExactly(List.of("a cat"), List.of(), List.of());
  }

  private static Consumer<Group> list(String... captions) {
    return row -> {
      row.add("image", Binary.fromConstantByteArray(PNG));
      Group list = row.addGroup("text");
      for (String caption : captions) {
        list.addGroup("list").add("element", caption);
      }
    };
  }

  @Test
  void repeatedCaptionsAreAllRead() throws IOException {
    TestDataset.write(
        folder.resolve("a.parquet"),
        MessageTypeParser.parseMessageType(
            "message m { required binary image; repeated binary text (STRING); }"),
        List.of(
            row ->
                row.append("image", Binary.fromConstantByteArray(PNG))
                    .append("text", "a")
                    .append("text", "b")));
    assertThat(new TestPictures(folder).captions(BadImages.FAIL))
        .containsExactly(List.of("a", "b"));
  }

  @Test
  void aDataSetOfBlankCaptionsAloneIsRefusedAtOnce() throws IOException {
    write("a.parquet", TestDataset.row(PNG, ""), TestDataset.row(PNG, " "));
    for (BadImages mode : BadImages.values()) {
      new TestPictures(folder)
          .assertProblems(
              mode,
              "Missing captions: no row of .* has a caption, text is null or blank in all 2; name"
                  + " another --caption_column, or give --instance_prompt");
    }
  }

  @Test
  void picturesAreReadFromTheirPathsWhereTheseCanBeReached() throws IOException {
    TestPictures data = new TestPictures(folder.resolve("data"));
    Files.createDirectories(folder.resolve("data"));
    Path elsewhere = Files.write(folder.resolve("b.png"), PNG);
    Files.createDirectories(folder.resolve("data/images.d"));
    Files.write(folder.resolve("data/images.d/a"), PNG);
    write(
        "data/a.parquet",
        path("images.d/a", "first"),
        path(elsewhere.toString(), "second"),
        path("images.d\\a", "of Windows"));
    ImageDataset dataset = data.open(BadImages.FAIL);
    assertThat(dataset.rows()).isEqualTo(3);
    assertThat(data.captions(BadImages.FAIL))
        .containsExactly(List.of("first"), List.of("second"), List.of("of Windows"));
    assertThat(dataset.contents()).allSatisfy(part -> assertThat(part).contains("sha256"));
  }

  @Test
  void pathsThatCannotBeReachedAreRefusedWithTheLineThatEmbedsThePictures() throws IOException {
    write("a.parquet", path("images/0.png", "a cat"), path("http://host/1.png", "a dog"));
    for (BadImages mode : BadImages.values()) {
      new TestPictures(folder)
          .assertProblems(
              mode,
              "Missing images: .* holds paths of pictures and no bytes, and the first cannot be"
                  + " read: Missing picture: images/0.png, in row 0 of .*a.parquet, is not there;"
                  + " embed the pictures where they are: .*embed_table_storage.*");
    }
  }

  @Test
  void rowsWithoutAnyPictureAreRefusedAtOnce() throws IOException {
    write("a.parquet", row -> row.add("text", "a"), TestDataset.row(new byte[0], "b"));
    new TestPictures(folder)
        .assertProblems(
            BadImages.SKIP, "Missing images: no row of .* has a picture, image is null .*");
  }

  @Test
  void textsAndListsOfPicturesAreNoPictures() throws IOException {
    for (String type :
        List.of(
            "required binary image (JSON)",
            "repeated binary image",
            "required group image { required binary bytes (STRING); }",
            "repeated group image { required binary bytes; }",
            "required group image (LIST) { repeated group list { required group element { required"
                + " binary bytes; } } }")) {
      Files.deleteIfExists(folder.resolve("a.parquet"));
      TestDataset.write(
          folder.resolve("a.parquet"),
          MessageTypeParser.parseMessageType(
              "message m { %s%s required binary text (STRING); }"
                  .formatted(type, type.endsWith("}") ? "" : ";")),
          List.of());
      new TestPictures(folder)
          .assertProblems(BadImages.FAIL, "Unsupported column: image .* must be binary or .*");
    }
    Files.delete(folder.resolve("a.parquet"));
    TestDataset.write(
        folder.resolve("a.parquet"),
        MessageTypeParser.parseMessageType(
            "message m { required binary image (STRING); required binary text (STRING); }"),
        List.of());
    new TestPictures(folder)
        .assertProblems(
            BadImages.FAIL, "Unsupported column: image .* is of texts, .*cast_column.*");
  }

  @Test
  void filesInAParquetFilesPlaceAreCalledWhatTheyAre() throws IOException {
    Files.writeString(folder.resolve("a.parquet"), "version https://git-lfs.github.com/spec/v1\n");
    Files.writeString(folder.resolve("b.parquet"), "<html><body>Sign in</body></html>");
    Files.writeString(folder.resolve("c.parquet"), "");
    Files.writeString(folder.resolve("d.parquet"), "PARE and then what is secret");
    Files.writeString(folder.resolve("e.parquet"), "file_name,text\n");
    Files.writeString(folder.resolve("f.parquet"), "PAR1 and no more of it");
    new TestPictures(folder)
        .assertProblems(
            BadImages.FAIL,
            "Cannot read Parquet file: .*a.parquet: it is a Git LFS pointer.*",
            "Cannot read Parquet file: .*b.parquet: it is an HTML page.*",
            "Cannot read Parquet file: .*c.parquet: it is empty; .*",
            "Unsupported Parquet file: .*d.parquet is encrypted; .*",
            "Cannot read Parquet file: .*e.parquet: it is no Parquet file.*",
            "Cannot read Parquet file: .*f.parquet: .*; it may be cut short, .*");
  }

  @Test
  void brotliIsNamedFromTheFooter() throws IOException {
    Files.copy(Path.of("src/test/resources/parquet/brotli.parquet"), folder.resolve("a.parquet"));
    new TestPictures(folder)
        .assertProblems(
            BadImages.FAIL,
            "Unsupported Parquet file: .*a.parquet is compressed with BROTLI, and there is no codec"
                + " for it; write it anew with zstd .*");
  }

  @Test
  void everyOtherCompressionOfPyarrowIsRead() throws IOException {
    Files.copy(Path.of("src/test/resources/parquet/lz4.parquet"), folder.resolve("a.parquet"));
    Files.copy(Path.of("src/test/resources/parquet/zstd.parquet"), folder.resolve("b.parquet"));
    Files.copy(Path.of("src/test/resources/parquet/gzip.parquet"), folder.resolve("c.parquet"));
    assertThat(new TestPictures(folder).captions(BadImages.FAIL)).hasSize(12);
  }

  @Test
  void aStaleChecksumFileDoesNotMatter() throws IOException {
    write("a.parquet", TestDataset.row(PNG, "a cat"));
    byte[] content = Files.readAllBytes(folder.resolve("a.parquet"));
    write("a.parquet", TestDataset.row(PNG, "another cat"));
    Files.write(folder.resolve("a.parquet"), content);
    assertThat(folder.resolve(".a.parquet.crc")).exists();
    assertThat(new TestPictures(folder).captions(BadImages.FAIL)).containsExactly(List.of("a cat"));
  }

  @Test
  void otherFormsOfDataSetsAreRefusedByName() throws IOException {
    Path data = Files.createDirectories(folder.resolve("data"));
    for (List<String> form :
        List.of(
            List.of("00000.tar.gz", "compressed tars; unpack.*"),
            List.of("00000.tgz", "compressed tars; unpack.*"),
            List.of("images.zip", "archives, such as images.zip; unpack.*"),
            List.of("laion.jsonl", "the table laion.jsonl and no pictures.*img2dataset.*"))) {
      Path file = Files.write(data.resolve(form.get(0)), "x".getBytes(StandardCharsets.UTF_8));
      new TestPictures(data)
          .assertProblems(BadImages.SKIP, "Unsupported data set: .* holds " + form.get(1));
      Files.delete(file);
    }
  }

  private static Consumer<Group> path(String path, String caption) {
    return row -> {
      row.addGroup("image").add("path", path);
      row.add("text", caption);
    };
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // List.of only reads them
  private void write(String name, Consumer<Group>... rows) throws IOException {
    Files.deleteIfExists(folder.resolve(name));
    TestDataset.write(folder.resolve(name), TestDataset.HUGGING_FACE, List.of(rows));
  }
}
