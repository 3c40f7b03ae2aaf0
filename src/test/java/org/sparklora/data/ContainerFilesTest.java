package org.sparklora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.data.file.SplitChoice;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.util.InvalidInputException;

/**
 * Tars of WebDataset and folders of {@code save_to_disk}. Those below {@code containers} were
 * written and read by the real packages (container_fixtures.py).
 */
class ContainerFilesTest {
  private static final Configuration CONFIGURATION = new Configuration();
  private static final Path FIXTURES = ContainerRows.FIXTURES;
  private static final byte[] PNG = TestDataset.png(2, 2, 5);

  @TempDir Path folder;

  private static ImageDataset open(DataConfig config) {
    return new DatasetFolder(CONFIGURATION).open(config);
  }

  private static DataConfig config(Path data, String image, String caption) {
    return ContainerRows.config(data.toString(), image, caption);
  }

  private static DataConfig config(Path data) {
    return config(data, "image", "text");
  }

  private static List<List<Object>> read(ImageDataset dataset) throws IOException {
    return ContainerRows.read(dataset, CONFIGURATION);
  }

  private void assertRefused(Path data, String... patterns) {
    assertRefused(
        TestPictures.config(data, "text", "", Optional.empty(), BadImages.FAIL), patterns);
  }

  private static void assertRefused(DataConfig config, String... patterns) {
    assertThatThrownBy(() -> open(config))
        .isInstanceOfSatisfying(
            InvalidInputException.class,
            e -> {
              assertThat(e.problems()).hasSameSizeAs(patterns);
              for (int i = 0; i < patterns.length; i++) {
                assertThat(e.problems().get(i)).matches("(?s)" + patterns[i]);
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"saved", "lists", "gaps", "tars"})
  void rowsAreThoseThatDatasetsReads(String name) throws IOException {
    assertThat(read(open(config(FIXTURES.resolve(name))))).isEqualTo(ContainerRows.expected(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"train", "test", "extra"})
  void splitsOfADictionaryAreItsFolders(String split) throws IOException {
    DataConfig config =
        TestDataset.ofSplit(config(FIXTURES.resolve("dict")), SplitChoice.named(split));
    assertThat(read(open(config))).isEqualTo(ContainerRows.expected("dict/" + split));
  }

  @Test
  void aSplitThatIsNotThereIsNamedWithThoseThatAre() {
    assertRefused(
        TestDataset.ofSplit(config(FIXTURES.resolve("dict")), SplitChoice.named("validation")),
        "Missing split: .* has no split validation, it has extra .*, test .*, train .*");
  }

  @Test
  void theSameContentHasTheSameIdentityWhereverItIs() throws IOException {
    Path copy = folder.resolve("copy");
    copy(FIXTURES.resolve("tars"), copy);
    assertThat(open(config(copy)).contents())
        .isEqualTo(open(config(FIXTURES.resolve("tars"))).contents())
        .doesNotHaveDuplicates();
    tar("copy/00001.tar", "a.png", PNG, "a.txt", "another");
    assertThat(open(config(copy)).contents())
        .isNotEqualTo(open(config(FIXTURES.resolve("tars"))).contents());
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName().toString()));
      }
    }
  }

  @Test
  void aDataFileThatIsMissingIsNamed() throws IOException {
    Path copy = folder.resolve("copy");
    copy(FIXTURES.resolve("saved"), copy);
    Files.delete(copy.resolve("data-00001-of-00002.arrow"));
    assertRefused(copy, "Missing file: data-00001-of-00002.arrow, which state.json beside it.*");
  }

  /** Wherever a file ends, it is refused, and no row of it is read. */
  @Test
  void aFileThatIsCutShortIsRefused() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    for (String name : List.of("saved/data-00000-of-00002.arrow", "tars/00000.tar")) {
      byte[] whole = Files.readAllBytes(FIXTURES.resolve(name));
      int content = name.endsWith(".tar") ? end(whole) : whole.length;
      Path file = data.resolve(Path.of(name).getFileName().toString());
      for (int length = 1; length < content; length += 97) {
        Files.write(file, Arrays.copyOf(whole, length));
        assertRefused(
            data,
            "Cannot read an? (tar|Arrow file): .*: it is (cut short|damaged|no Arrow file).*");
      }
      Files.delete(file);
    }
  }

  /** Where a tar's end mark is. */
  private static int end(byte[] tar) {
    int last = tar.length;
    while (tar[last - 1] == 0) {
      last--;
    }
    return (last + 511) / 512 * 512;
  }

  /** Damage is told as such, whatever byte it is in: nothing else is thrown. */
  @Test
  void damageIsAProblemOfTheFile() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    for (String name : List.of("lists/data-00000-of-00001.arrow", "tars/00000.tar")) {
      byte[] whole = Files.readAllBytes(FIXTURES.resolve(name));
      Path file = data.resolve(Path.of(name).getFileName().toString());
      for (int at = 0; at < whole.length; at += 13) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) 0x81;
        Files.write(file, damaged);
        try {
          read(open(config(data)));
        } catch (InvalidInputException e) {
          assertThat(e.problems()).isNotEmpty();
        }
      }
      Files.delete(file);
    }
  }

  @Test
  void samplesWithoutAPictureOrACaptionAreNamedOrLeftOut() throws IOException {
    Path data =
        tar(
            "0.tar", "a.png", PNG, "a.txt", "one", "b.txt", "two", "c.png", PNG, "d.png", PNG,
            "d.txt", " ");
    assertRefused(
        data,
        "Missing picture: sample b of .*0.tar has only .txt; add one, or leave it out.*",
        "Missing caption: c.png of .*0.tar has none beside .png; add one, or leave it out.*",
        "Missing caption: d.png of .*0.tar has a blank one in d.txt; .*");
    List<List<Object>> rows = read(open(config(data)));
    assertThat(rows)
        .containsExactly(
            List.of(ContainerRows.sha256(PNG), List.of("one")),
            List.of("", List.of("two")),
            List.of(ContainerRows.sha256(PNG), List.of()),
            List.of(ContainerRows.sha256(PNG), List.of()));
  }

  @Test
  void aSampleHasOnePicture() throws IOException {
    Path data = tar("0.tar", "a.png", PNG, "a.seg.png", PNG, "a.txt", "one");
    assertRefused(
        data, "Cannot read a tar: .*0.tar: its sample a has several pictures .*--image_column");
    assertThat(read(open(config(data, "png", "text")))).hasSize(1);
    Path twice = tar("twice/0.tar", "a.png", PNG, "a.png", PNG);
    assertRefused(twice, ".*it has two files a.png.*");
  }

  @Test
  void captionsAreInTextsOrUnderAKeyOfJson() throws IOException {
    Path data =
        tar("0.tar", "a.png", PNG, "a.json", "{\"caption\": \"x\", \"alt\": [\"y\", \"z\"]}");
    assertRefused(
        config(data),
        "Missing captions: none of the 1 rows .* has no text in a.json, whose keys are caption,"
            + " alt; name one with --caption_column; .*");
    assertThat(read(open(config(data, "image", "caption"))).get(0).get(1)).isEqualTo(List.of("x"));
    assertThat(read(open(config(data, "image", "alt"))).get(0).get(1)).isEqualTo(List.of("y", "z"));
    assertThat(read(open(config(FIXTURES.resolve("tars"), "png", "txt"))))
        .isEqualTo(read(open(config(FIXTURES.resolve("tars")))));
    assertThat(read(open(config(FIXTURES.resolve("tars"), "png", "tags"))).get(4).get(1))
        .isEqualTo(List.of("x", "y 4"));
  }

  @Test
  void namesOfAnyLengthAreReadInEveryFormat() throws IOException {
    String deep = "folder-of-a-long-name/".repeat(12) + "picture-\u00e9";
    for (int mode :
        new int[] {TarArchiveOutputStream.LONGFILE_GNU, TarArchiveOutputStream.LONGFILE_POSIX}) {
      Path data = folder.resolve("long" + mode);
      Files.createDirectory(data);
      try (TarArchiveOutputStream out = archive(data.resolve("0.tar"))) {
        out.setLongFileMode(mode);
        out.setAddPaxHeadersForNonAsciiNames(true);
        put(out, deep + ".png", PNG);
        put(out, deep + ".txt", "deep");
        put(out, "._x.png", new byte[3]);
        put(out, "README", "no sample");
      }
      assertThat(read(open(config(data))))
          .containsExactly(List.of(ContainerRows.sha256(PNG), List.of("deep")));
    }
  }

  @Test
  void linksAndOtherFilesAreNoTars() throws IOException {
    Path linked = Files.createDirectory(folder.resolve("linked"));
    try (TarArchiveOutputStream out = archive(linked.resolve("0.tar"))) {
      TarArchiveEntry link = new TarArchiveEntry("b.png", TarArchiveEntry.LF_SYMLINK);
      link.setLinkName("a.png");
      out.putArchiveEntry(link);
      out.closeArchiveEntry();
    }
    assertRefused(linked, ".*its member b.png is a link; make the tar again with --dereference.*");
    Path zipped = Files.createDirectory(folder.resolve("zipped"));
    Files.write(zipped.resolve("0.tar"), Arrays.copyOf(new byte[] {0x1F, (byte) 0x8B}, 1024));
    assertRefused(zipped, ".*0.tar: it is compressed; unpack it with gunzip.*");
    Path named = Files.createDirectory(folder.resolve("named"));
    Files.write(named.resolve("0.tar.gz"), new byte[9]);
    assertRefused(named, "Unsupported data set: .* holds compressed tars; unpack them.*");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Files.write(empty.resolve("0.tar"), new byte[1024]);
    assertRefused(empty, "Invalid data set: empty, the tar files of .*");
  }

  /** {@code img2dataset} writes a table of addresses beside each tar, and counts. */
  @Test
  void tablesBesideTarsAreNotTheDataSet() throws IOException {
    Path data = tar("00000.tar", "a.png", PNG, "a.txt", "one");
    Files.writeString(data.resolve("00000_stats.json"), "{}");
    TestDataset.write(
        data.resolve("00000.parquet"),
        TestDataset.HUGGING_FACE,
        List.of(row -> row.add("text", "x")));
    assertThat(read(open(config(data)))).hasSize(1);
    assertThat(open(config(data)).remarks())
        .containsExactly(
            "In "
                + data
                + " are not read, since they have the names of tars, as img2dataset names its"
                + " tables: 1 file: 00000.parquet");
    assertThat(open(config(FIXTURES.resolve("saved"))).remarks())
        .singleElement()
        .asString()
        .contains("no part of what save_to_disk wrote: 1 file: cache-0123456789abcdef.arrow");
  }

  @Test
  void flagsThatNeedAnotherFormAreRefused() throws IOException {
    Path data = tar("0.tar", "a.png", PNG, "a.txt", "one");
    assertRefused(
        config(data).bySubject("who"), "Unsupported --subject_column: who with tar files, .*");
    assertThat(open(config(FIXTURES.resolve("saved"), "image", "text")).rows()).isEqualTo(7);
    assertRefused(
        config(FIXTURES.resolve("saved"), "image", "txt"),
        "Cannot read an Arrow file: .*00000-of-00002.arrow: it has no column txt .*did you mean"
            + " text\\?",
        "Cannot read an Arrow file: .*");
    assertRefused(
        config(FIXTURES.resolve("saved"), "image", "score"),
        ".*its column score \\(--caption_column\\) is neither a string nor a list of strings",
        ".*");
    assertRefused(
        config(FIXTURES.resolve("saved"), "kind", "text"),
        ".*its column kind \\(--image_column\\) is neither binary nor struct.*",
        ".*");
  }

  /** Writes a tar of files, given as names and contents. */
  @Test
  void tarsThatWereJoinedByCatAreDamaged() throws IOException {
    Path joined = tar("cat/0.tar", "a.png", PNG, "a.txt", "one");
    byte[] other =
        Files.readAllBytes(tar("other/0.tar", "b.png", PNG, "b.txt", "two").resolve("0.tar"));
    Files.write(joined.resolve("0.tar"), other, StandardOpenOption.APPEND);
    assertRefused(
        joined, ".*it is damaged: it goes on after an end at byte .*tar -A, not with cat.*");
  }

  @Test
  void namesThatAreNotUtf8StayDifferent() throws IOException {
    Path file = folder.resolve("0.tar");
    try (TarArchiveOutputStream out =
        new TarArchiveOutputStream(
            Files.newOutputStream(file), StandardCharsets.ISO_8859_1.name())) {
      put(out, "\u00e9.png", PNG);
      put(out, "\u00e9.txt", "one");
      put(out, "\u00e8.png", PNG);
      put(out, "\u00e8.txt", "two");
    }
    assertThat(read(open(config(folder))))
        .extracting(row -> row.get(1))
        .containsExactly(List.of("one"), List.of("two"));
  }

  @Test
  void aTarThatIsWrittenAnewAfterItWasListedIsAnError() throws IOException {
    Path data = tar("data/0.tar", "a.png", PNG, "a.txt", "one");
    ImageDataset dataset = open(config(data));
    tar("data/0.tar", "b.png", new byte[50_000], "a.png", PNG, "a.txt", "one");
    assertThatThrownBy(() -> read(dataset)).hasMessageContaining("has changed since it was listed");
  }

  @Test
  void tarsBesidePicturesAreNamed() throws IOException {
    Path data = tar("data/0.tar", "a.png", PNG, "a.txt", "one");
    Files.write(data.resolve("one.png"), PNG);
    Files.writeString(data.resolve("one.txt"), "a picture");
    assertThat(open(config(data)).remarks())
        .containsExactly(
            "In "
                + data
                + " are not read, since there are pictures or Parquet files, which are read: 1"
                + " file: 0.tar");
  }

  private Path tar(String name, Object... namesAndContents) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    try (TarArchiveOutputStream out = archive(file)) {
      for (int i = 0; i < namesAndContents.length; i += 2) {
        put(out, namesAndContents[i].toString(), namesAndContents[i + 1]);
      }
    }
    return file.getParent();
  }

  private static TarArchiveOutputStream archive(Path file) throws IOException {
    OutputStream out = Files.newOutputStream(file);
    return new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name());
  }

  private static void put(TarArchiveOutputStream out, String name, Object content)
      throws IOException {
    byte[] bytes =
        content instanceof byte[] given
            ? given
            : content.toString().getBytes(StandardCharsets.UTF_8);
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(bytes.length);
    out.putArchiveEntry(entry);
    out.write(bytes);
    out.closeArchiveEntry();
  }
}
