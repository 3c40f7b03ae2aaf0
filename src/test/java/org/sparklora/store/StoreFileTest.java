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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.s3.Fault;
import org.sparklora.s3.Faults;
import org.sparklora.s3.S3Server;

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

  private static Stream<Place> places() {
    return Stream.of(
        new Place("a disk", new Configuration(), local.resolve("disk").toUri().toString()),
        new Place(
            "renames",
            RenamingFileSystem.configuration(),
            "renaming://" + local.resolve("renames").toUri().getPath()),
        new Place("s3a", s3.hadoop(), s3.uri("files")));
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
