package org.sparklora.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How metadata files name pictures. */
class MetadataNamesTest {
  @TempDir Path folder;

  @Test
  void separatorsOfWindowsAreGood() throws IOException {
    TestPictures data =
        new TestPictures(folder)
            .pictures("cats/0000.png", "cats/0001.png")
            .write(
                "metadata.jsonl",
                """
                {"file_name": "cats\\\\0000.png", "text": "a cat, number 0"}\r
                {"file_name": ".\\\\cats\\\\0001.png", "text": "a cat, number 1"}\r
                """);
    assertThat(data.captions(BadImages.FAIL))
        .containsExactly(List.of("a cat, number 0"), List.of("a cat, number 1"));
  }

  @Test
  void aFileWhoseEveryNameIsWrongIsToldWithTheNearestNames() throws IOException {
    TestPictures data =
        new TestPictures(folder)
            .pictures("0.png", "1.png", "2.png")
            .write(
                "metadata.jsonl",
                """
                {"file_name": "images/0.png", "text": "cap 0"}
                {"file_name": "images/1.png", "text": "cap 1"}
                {"file_name": "images/2.png", "text": "cap 2"}
                """);
    for (BadImages mode : BadImages.values()) {
      data.assertProblems(
          mode,
          "Invalid metadata: none of the 3 pictures that .*/metadata.jsonl names is there: it names"
              + " images/0.png, images/1.png, images/2.png; the nearest there are 0.png, 1.png,"
              + " 2.png; file_name must be a picture's path below the metadata file's folder");
    }
  }

  @Test
  void aWrongNameIsToldWithTheNearestOne() throws IOException {
    new TestPictures(folder)
        .pictures("sub/A.png", "a b.png", "sunset.jpg", "x.png")
        .write(
            "metadata.csv",
            """
            file_name,text
            SUB/a.PNG,1
            a%20b.png,2
            sunste.png,3
            /x.png,4
            ../x.png,5
            entirely.webp,6
            x.png,7
            """)
        .assertProblems(
            BadImages.FAIL,
            "Missing picture: SUB/a.PNG, named in line 2 of .*; the nearest there is sub/A.png",
            "Missing picture: a%20b.png, named in line 3 of .*; the nearest there is a b.png",
            "Missing picture: sunste.png, named in line 4 of .*; the nearest there is sunset.jpg",
            "Missing picture: /x.png, named in line 5 of .*; the nearest there is x.png",
            "Missing picture: ../x.png, named in line 6 of .*; the nearest there is x.png",
            "Missing picture: entirely.webp, named in line 7 of .*/metadata.csv",
            "Missing caption: .*/a b.png has none.*",
            "Missing caption: .*/sub/A.png has none.*",
            "Missing caption: .*/sunset.jpg has none.*");
  }

  @Test
  void accentsMayBeWrittenInEitherWay() throws IOException {
    TestPictures data =
        new TestPictures(folder)
            .pictures("Cafe\u0301.png")
            .write("metadata.jsonl", "{\"file_name\": \"Caf\u00E9.png\", \"text\": \"coffee\"}");
    assertThat(data.captions(BadImages.FAIL)).containsExactly(List.of("coffee"));
  }

  @Test
  void theImageColumnsOwnFileNameIsRead() throws IOException {
    TestPictures data =
        new TestPictures(folder)
            .pictures("a.png")
            .write("metadata.csv", "mask_file_name,image_file_name,text\nm.png,a.png,a cat\n");
    assertThat(data.captions(BadImages.FAIL)).containsExactly(List.of("a cat"));
  }

  @Test
  void metadataMayBeParquet() throws IOException {
    TestPictures data = new TestPictures(folder).pictures("a.png", "b.png", "c.png");
    TestDataset.write(
        folder.resolve("metadata.parquet"),
        MessageTypeParser.parseMessageType(
            "message m { optional int64 n; required binary file_name (STRING); optional binary text"
                + " (STRING); }"),
        List.of(
            row -> row.append("n", 1L).append("file_name", "b.png").append("text", "bee"),
            row -> row.append("file_name", ".\\a.png").append("text", "[\"one\", \"two\"]"),
            row -> row.append("file_name", "c.png")));
    assertThat(data.captions(BadImages.SKIP))
        .containsExactly(List.of("one", "two"), List.of("bee"), List.of());
    data.assertProblems(
        BadImages.FAIL,
        "Missing caption: .*/c.png has a blank one in row 2 of .*/metadata.parquet; .*");
    Files.writeString(folder.resolve("metadata.parquet"), "<html>");
    data.assertProblems(
        BadImages.FAIL, "Cannot read Parquet file: .*/metadata.parquet: it is an HTML page.*");
  }

  @Test
  void rowsOfSeveralPicturesAreRefused() throws IOException {
    new TestPictures(folder)
        .pictures("a.png", "b.png")
        .write("metadata.jsonl", "{\"file_names\": [\"a.png\", \"b.png\"], \"text\": \"two\"}")
        .assertProblems(
            BadImages.FAIL,
            "Unsupported metadata: .*/metadata.jsonl has file_names, several pictures in a row;"
                + " write a row for each picture, with file_name");
  }

  @Test
  void anotherSeparatorAndNoRowsAreNamed() throws IOException {
    TestPictures data = new TestPictures(folder).pictures("a.png");
    data.write("metadata.csv", "file_name;text\na.png;a cat\n")
        .assertProblems(
            BadImages.FAIL,
            "Invalid metadata: .*/metadata.csv: its header, file_name;text, is one cell; separate"
                + " cells by commas");
    data.write("metadata.csv", "\n")
        .assertProblems(
            BadImages.FAIL,
            "Invalid metadata: .*/metadata.csv has no rows; each picture needs one");
  }
}
