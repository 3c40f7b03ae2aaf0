package org.sparklora.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.s3.Fault;
import org.sparklora.s3.Faults;
import org.sparklora.s3.S3Server;

@Tag("long")
class StoreFileTest {
  @TempDir private static java.nio.file.Path local;
  private static S3Server s3;

  /** A folder on a kind of file system. */
  private record Place(String name, Configuration hadoop, String uri) {
    StoreFile file(String file) throws IOException {
      return StoreFile.of(new Path(uri, file), hadoop);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void start() {
    s3 = S3Server.start();
  }

  @AfterAll
  static void stop() {
    s3.close();
  }

  @AfterEach
  void heal() {
    s3.faults(Faults.none());
  }

  /** A checksum that Hadoop wrote once would refuse what is read through it later. */
  @Test
  void leavesNoChecksumOfHadoopBesideAFileOfThisDisk() throws IOException {
    Configuration hadoop = new Configuration(false);
    Path path = new Path(local.resolve("plain").toUri());
    path.getFileSystem(hadoop).create(path).close();
    assertThat(local.resolve(".plain.crc")).exists();
    StoreFile.of(path, hadoop).replace(out -> out.write(new byte[] {1, 2}));
    assertThat(local.resolve(".plain.crc")).doesNotExist();
    assertThat(StoreFile.of(path, hadoop).read()).contains(new byte[] {1, 2});
  }

  private static Stream<Place> places() {
    return Stream.of(
        new Place("a disk", new Configuration(), local.resolve("disk").toUri().toString()),
        new Place(
            "renames",
            RenamingFileSystem.configuration(),
            "renaming://" + local.resolve("renames").toUri().getPath()),
        new Place("s3a", s3.hadoop(), s3.uri("files")));
  }

  private static Stream<Place> placesOfThisMachine() {
    return places().limit(2);
  }

  @ParameterizedTest
  @MethodSource("places")
  void replacesWithoutATrace(Place place) throws IOException {
    StoreFile file = place.file("replaced/file");
    assertThat(file.read()).isEmpty();
    file.replace(out -> out.write(1));
    file.replace(out -> out.write(new byte[] {2, 3}));
    assertThat(file.read()).hasValue(new byte[] {2, 3});
    assertThatThrownBy(() -> file.replace(StoreFileTest::fail)).hasMessage("broken off");
    assertThat(file.read())
        .as("half of one never replaces a whole one")
        .hasValue(new byte[] {2, 3});
    assertThat(file.fileSystem().listStatus(file.path().getParent()))
        .extracting(FileStatus::getPath)
        .extracting(Path::getName)
        .containsExactly("file");
  }

  @ParameterizedTest
  @MethodSource("places")
  void oneOfManyIsTheFirst(Place place) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    for (int round = 0; round < 10; round++) {
      StoreFile file = place.file("first/" + round);
      List<Future<Boolean>> created = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        byte[] content = ("writer " + i).getBytes(StandardCharsets.UTF_8);
        created.add(pool.submit(() -> file.createIfAbsent(content)));
      }
      List<String> winners = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        if (created.get(i).get()) {
          winners.add("writer " + i);
        }
      }
      assertThat(winners).hasSize(1);
      assertThat(new String(file.read().orElseThrow(), StandardCharsets.UTF_8))
          .isEqualTo(winners.get(0));
    }
    pool.shutdown();
  }

  @ParameterizedTest
  @MethodSource("placesOfThisMachine")
  void aReaderNeverMissesAFileThatIsReplaced(Place place) throws Exception {
    StoreFile file = place.file("read/file");
    file.replace(out -> out.write(new byte[3000]));
    ExecutorService pool = Executors.newFixedThreadPool(1);
    Future<?> writing =
        pool.submit(
            () -> {
              for (int i = 0; i < 200; i++) {
                byte[] content = new byte[i % 2 == 0 ? 3000 : 5000];
                file.replace(out -> out.write(content));
              }
              return null;
            });
    while (!writing.isDone()) {
      assertThat(file.read().orElseThrow()).hasSizeGreaterThanOrEqualTo(3000);
    }
    writing.get();
    pool.shutdown();
  }

  @Test
  void aDiskHasNoChecksumsBesideAFileAndOldOnesBlockNobody() throws IOException {
    Path path = new Path(local.resolve("old/file").toUri());
    org.apache.hadoop.fs.FileSystem hadoops = path.getFileSystem(new Configuration());
    try (var out = hadoops.create(path)) {
      out.write(1);
    }
    java.nio.file.Path file = local.resolve("old/file");
    java.nio.file.Path checksums = local.resolve("old/.file.crc");
    assertThat(checksums).exists();
    java.nio.file.Files.write(file, new byte[] {7});
    StoreFile mine = StoreFile.of(path, new Configuration());
    assertThat(mine.read()).hasValue(new byte[] {7});
    mine.replace(out -> out.write(2));
    assertThat(checksums).doesNotExist();
    try (var in = hadoops.open(path)) {
      assertThat(in.readAllBytes()).containsExactly(2);
    }
    java.nio.file.Files.delete(file);
    java.nio.file.Files.write(checksums, new byte[] {1, 2, 3});
    assertThat(mine.createIfAbsent(new byte[] {3})).isTrue();
    assertThat(checksums).doesNotExist();
  }

  @Test
  void aDiskWithoutHardLinksCreatesAFileOnce() throws Exception {
    Configuration hadoop =
        FaultyDisk.configuration(
            (operation, path) -> {
              if (operation.equals("link")) {
                throw new java.nio.file.FileSystemException("a", "b", "Operation not permitted");
              }
            });
    oneOfManyIsTheFirst(
        new Place("no links", hadoop, local.resolve("no-links").toUri().toString()));
  }

  @Test
  void aFullDiskIsAnExceptionAndTheOldFileStays() throws IOException {
    java.util.concurrent.atomic.AtomicBoolean full =
        new java.util.concurrent.atomic.AtomicBoolean();
    Configuration hadoop =
        FaultyDisk.configuration(
            (operation, path) -> {
              if (full.get() && operation.equals("write")) {
                throw FaultyDisk.full();
              }
            });
    StoreFile file = StoreFile.of(new Path(local.resolve("full/file").toUri()), hadoop);
    file.replace(out -> out.write(new byte[] {1}));
    full.set(true);
    assertThatThrownBy(() -> file.replace(out -> out.write(new byte[] {2})))
        .isInstanceOf(IOException.class)
        .hasMessage("No space left on device");
    StoreFile other = StoreFile.of(new Path(local.resolve("full/other").toUri()), hadoop);
    assertThatThrownBy(() -> other.createIfAbsent(new byte[] {2})).isInstanceOf(IOException.class);
    assertThat(file.read()).hasValue(new byte[] {1});
    assertThat(local.resolve("full")).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void aDamagedFileThatNeverChangesIsWrittenAnew() throws IOException {
    StoreFile file = StoreFile.of(new Path(local.resolve("once").toUri()), new Configuration());
    java.util.function.Predicate<byte[]> whole = bytes -> bytes.length == 2;
    assertThat(file.createIfAbsent(new byte[0])).isTrue();
    assertThat(file.writeOnce(new byte[] {1, 2}, whole)).containsExactly(1, 2);
    assertThat(file.writeOnce(new byte[] {3, 4}, whole)).containsExactly(1, 2);
  }

  /** Kills a replacement, which takes several moves there, before each of its operations. */
  @Test
  void aFileSystemThatOnlyRenamesLosesNoFileToAKill() throws IOException {
    for (int at = 1; ; at++) {
      java.nio.file.Path folder = local.resolve("killed-" + at);
      Path path = new Path("renaming://" + folder.toUri().getPath() + "/file");
      StoreFile file = StoreFile.of(path, RenamingFileSystem.configuration());
      file.replace(out -> out.write(1));
      java.util.concurrent.atomic.AtomicInteger left =
          new java.util.concurrent.atomic.AtomicInteger(at);
      Configuration killed =
          RenamingFileSystem.configuration(
              (operation, of) -> {
                if (left.decrementAndGet() <= 0) {
                  throw new ThreadDeath();
                }
              });
      try {
        StoreFile.of(path, killed).replace(out -> out.write(2));
      } catch (ThreadDeath e) {
        assertThat(left.get()).isNotPositive();
      }
      assertThat(file.read().orElseThrow()[0])
          .as("killed before %d", at)
          .isBetween((byte) 1, (byte) 2);
      PartFiles.deleteLeft(file.fileSystem(), path.getParent(), 1);
      assertThat(folder).isDirectoryContaining("glob:**/file");
      assertThat(folder.toFile().list()).hasSize(1);
      file.replace(out -> out.write(3));
      assertThat(file.read()).hasValue(new byte[] {3});
      if (left.get() > 0) {
        assertThat(at).isGreaterThan(4);
        return;
      }
    }
  }

  @Test
  void aReplacementThatFailsHalfwayLeavesTheOldFile() throws IOException {
    Path path = new Path("renaming://" + local.resolve("halfway").toUri().getPath() + "/file");
    java.util.concurrent.atomic.AtomicInteger moves =
        new java.util.concurrent.atomic.AtomicInteger();
    Configuration hadoop =
        RenamingFileSystem.configuration(
            (operation, to) -> {
              if (operation.equals("rename") && moves.incrementAndGet() == 4) {
                throw new IOException("the name node is away");
              }
            });
    StoreFile file = StoreFile.of(path, hadoop);
    file.replace(out -> out.write(1)); // one move
    assertThatThrownBy(() -> file.replace(out -> out.write(2))).hasMessageContaining("away");
    assertThat(file.read()).hasValue(new byte[] {1});
    file.replace(out -> out.write(3));
    assertThat(file.read()).hasValue(new byte[] {3});
  }

  @Test
  void aLostAnswerToItsOwnPutIsSuccess() throws IOException {
    StoreFile file = StoreFile.of(new Path(s3.uri("lost")), s3.hadoop());
    s3.faults(Faults.none().first(1, "PUT .*/lost.*", Fault.LOST_RESPONSE));
    assertThat(file.createIfAbsent(new byte[] {1})).isTrue();
    assertThat(s3.faults().injected()).containsEntry(Fault.LOST_RESPONSE, 1);
    assertThat(file.createIfAbsent(new byte[] {2})).isFalse();
    assertThat(file.read()).hasValue(new byte[] {1});
  }

  @Test
  void aStoreThatIsDownIsAnError() throws IOException {
    Configuration impatient = s3.hadoop();
    impatient.set("fs.s3a.attempts.maximum", "1");
    impatient.set("fs.s3a.retry.limit", "1");
    impatient.set("fs.s3a.impl.disable.cache", "true");
    StoreFile file = StoreFile.of(new Path(s3.uri("down")), impatient);
    s3.faults(Faults.none().first(1000, ".*", Fault.INTERNAL_ERROR));
    assertThatThrownBy(() -> file.createIfAbsent(new byte[] {1})).isInstanceOf(IOException.class);
    s3.faults(Faults.none());
    assertThat(file.read()).isEmpty();
    file.fileSystem().close();
  }

  private static void fail(java.io.OutputStream out) throws IOException {
    out.write(new byte[100]);
    throw new IOException("broken off");
  }
}
