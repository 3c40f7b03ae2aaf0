package org.sparklora.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.CreateFileOptionKeys;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** That the server is one, and that its faults are what they are called. */
class S3ServerTest {
  private static S3Server s3;
  private static FileSystem files;

  @BeforeAll
  static void start() throws IOException {
    s3 = S3Server.start();
    files = FileSystem.newInstance(new Path(s3.uri("")).toUri(), s3.hadoop());
  }

  @AfterAll
  static void stop() throws IOException {
    files.close();
    s3.close();
  }

  @AfterEach
  void heal() {
    s3.faults(Faults.none());
  }

  @Test
  void storesBytesThroughEveryFault() throws IOException {
    Map<Fault, Integer> seen = new EnumMap<>(Fault.class);
    for (int seed = 0; seed < 3; seed++) {
      s3.faults(Faults.seeded(seed, 0.3));
      for (int i = 0; i < 4; i++) {
        byte[] bytes = new byte[1000 << (2 * i)];
        new Random(i).nextBytes(bytes);
        Path path = new Path(s3.uri("faults/" + seed + "/" + i));
        write(path, true, bytes);
        assertThat(read(path)).isEqualTo(bytes);
      }
      assertThat(files.listStatus(new Path(s3.uri("faults/" + seed)))).hasSize(4);
      s3.faults().injected().forEach((fault, times) -> seen.merge(fault, times, Integer::sum));
    }
    assertThat(seen).hasSize(Fault.values().length - 1);
  }

  @Test
  void aLostResponseMakesTheClientMeetItsOwnConditionalPut() throws IOException {
    Path path = new Path(s3.uri("lost"));
    s3.faults(Faults.none().first(1, "PUT /bucket/lost.*", Fault.LOST_RESPONSE));
    assertThatThrownBy(() -> writeIfAbsent(path, new byte[] {7}))
        .isInstanceOf(IOException.class)
        .hasStackTraceContaining("412");
    assertThat(read(path)).containsExactly(7);
  }

  @Test
  void strangersAreRefused() {
    Configuration wrong = s3.hadoop();
    wrong.set("fs.s3a.secret.key", "another");
    assertThatThrownBy(
            () -> {
              try (FileSystem stranger =
                  FileSystem.newInstance(new Path(s3.uri("")).toUri(), wrong)) {
                stranger.getFileStatus(new Path(s3.uri("faults")));
              }
            })
        .isInstanceOf(IOException.class)
        .hasStackTraceContaining("403");
  }

  @Test
  void theSameSeedFailsTheSameRequests() {
    Faults one = Faults.seeded(3, 0.5);
    Faults other = Faults.seeded(3, 0.5);
    for (int i = 0; i < 50; i++) {
      assertThat(one.next("GET /bucket/" + i % 7)).isEqualTo(other.next("GET /bucket/" + i % 7));
    }
    assertThat(one.injected()).isEqualTo(other.injected()).isNotEmpty();
  }

  private static void write(Path path, boolean overwrite, byte[] bytes) throws IOException {
    try (FSDataOutputStream out = files.create(path, overwrite)) {
      out.write(bytes);
    }
  }

  private static void writeIfAbsent(Path path, byte[] bytes) throws IOException {
    FSDataOutputStreamBuilder<?, ?> builder = files.createFile(path);
    builder.must(CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE, true);
    try (FSDataOutputStream out = builder.build()) {
      out.write(bytes);
    }
  }

  private static byte[] read(Path path) throws IOException {
    try (FSDataInputStream in = files.open(path)) {
      return in.readAllBytes();
    }
  }
}
