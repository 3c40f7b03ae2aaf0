package org.sparklora.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.EnumSet;
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
    byte[] bytes = new byte[100_000];
    new Random(1).nextBytes(bytes);
    for (Fault fault : EnumSet.complementOf(EnumSet.of(Fault.NONE))) {
      Faults twice = Faults.none().first(1, "PUT /every/.*", fault);
      s3.faults(twice.first(1, "GET /every/.*", fault));
      Path path = new Path(s3.uri("every/" + fault));
      write(path, true, bytes);
      assertThat(read(path)).isEqualTo(bytes);
      assertThat(twice.injected()).containsExactly(Map.entry(fault, 2));
    }
  }

  @Test
  void aLostResponseMakesTheClientMeetItsOwnConditionalPut() throws IOException {
    Path path = new Path(s3.uri("lost"));
    s3.faults(Faults.none().first(1, "PUT .*/lost.*", Fault.LOST_RESPONSE));
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
    assertThat(one.injected()).isEqualTo(other.injected()).hasSize(Fault.values().length - 1);
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
