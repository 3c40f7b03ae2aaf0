package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivilegedExceptionAction;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.hadoop.HadoopCluster;
import org.sparklora.hadoop.InterruptedHdfs;
import org.sparklora.store.FolderProbe;
import org.sparklora.store.StoreFile;
import org.sparklora.util.InvalidInputException;

/** The whole command on Hadoop's HDFS: model, data set, cache and output are there. */
@Tag("long")
class HdfsTrainingIT {
  private static final String ADAPTER = "/pytorch_lora_weights.safetensors";
  private static final String DEFAULT = "spark.hadoop." + FileSystem.FS_DEFAULT_NAME_KEY;

  @TempDir private static Path folder;

  private static HadoopCluster hadoop;
  private static byte[] expected;

  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void trainToADisk() throws IOException {
    hadoop = HadoopCluster.start(Path.of("target", "hdfs"), HadoopCluster.Services.HDFS);
    hadoop.put(Path.of(SmallRun.MODEL), "/data/base-model");
    hadoop.put(Path.of(SmallRun.DATA), "/data/noto");
    HdfsTrainingIT run = new HdfsTrainingIT();
    int code = run.trainWith(SmallRun.MODEL, SmallRun.DATA, folder.toString());
    assertThat(code).as(run.err.toString()).isZero();
    expected = Files.readAllBytes(Path.of(folder + ADAPTER));
    // As HADOOP_CONF_DIR says it on a cluster: hdfs:///folder is enough.
    System.setProperty(DEFAULT, hadoop.uri(""));
  }

  @AfterAll
  static void stop() {
    System.clearProperty(DEFAULT);
    hadoop.close();
  }

  @Test
  void theBytesAreThoseOnADisk() throws IOException {
    int code = train("hdfs:///out", "--latent_cache_dir=hdfs:///cache");
    assertThat(code).as(err.toString()).isZero();
    assertThat(hadoop.read("/out" + ADAPTER)).isEqualTo(expected);
    assertThat(hadoop.read("/out/checkpoint-4" + ADAPTER)).isEqualTo(expected);
    assertThat(new String(hadoop.read("/out/report.html"), StandardCharsets.UTF_8))
        .contains("</html>");
    assertThat(filesIn("/out")).noneMatch(name -> name.endsWith(".part") || name.endsWith(".crc"));
    assertThat(filesIn("/cache")).anyMatch(name -> name.endsWith(".parquet"));
  }

  /** Its clients wait for it where they are told to; see conf/spark-defaults-yarn.conf. */
  @Test
  void aNameNodeIsRestartedWhileACheckpointIsWritten() throws Exception {
    CompletableFuture<Void> restarted = new CompletableFuture<>();
    InterruptedHdfs.once(
        new InterruptedHdfs.Event(
            "/restarted/checkpoint-2/.optimizer.safetensors", () -> restart(restarted)));
    List<String> properties =
        List.of(
            "spark.hadoop.fs.hdfs.impl=" + InterruptedHdfs.class.getName(),
            "spark.hadoop.dfs.client.retry.policy.enabled=true",
            "spark.hadoop.dfs.client.retry.policy.spec=500,240");
    properties.forEach(set -> System.setProperty(set.split("=", 2)[0], set.split("=", 2)[1]));
    // Another name of the host: Hadoop keeps file systems by their names.
    String out = hadoop.uri("/restarted").replace("localhost", "127.0.0.1");
    try {
      assertThat(train(out)).as(err.toString()).isZero();
    } finally {
      properties.forEach(set -> System.clearProperty(set.split("=", 2)[0]));
    }
    restarted.get();
    assertThat(InterruptedHdfs.isToCome()).isFalse();
    assertThat(hadoop.read("/restarted" + ADAPTER)).isEqualTo(expected);
    assertThat(hadoop.read("/restarted/checkpoint-2/optimizer.safetensors"))
        .isEqualTo(Files.readAllBytes(folder.resolve("checkpoint-2/optimizer.safetensors")));
    assertThat(filesIn("/restarted")).noneMatch(name -> name.endsWith(".part"));
  }

  private static void restart(CompletableFuture<Void> done) {
    try {
      hadoop.tell("namenode stop");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    done.completeAsync(
        () -> {
          try {
            hadoop.tell("namenode start");
            return null;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Test
  void ofManyWhoCreateAFileAtOnceOneSucceeds() throws IOException {
    for (int file = 0; file < 10; file++) {
      StoreFile lease =
          StoreFile.of(new org.apache.hadoop.fs.Path(hadoop.uri("/race/" + file)), hadoop.hadoop());
      long first =
          IntStream.range(0, 8)
              .parallel()
              .filter(
                  who -> {
                    try {
                      return lease.createIfAbsent(new byte[] {(byte) who});
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  })
              .count();
      assertThat(first).isEqualTo(1);
    }
    assertThat(filesIn("/race")).hasSize(10);
  }

  @Test
  void aFolderOfSomebodyElseIsRefusedBeforeAnythingIsDone() throws Exception {
    hadoop.files().mkdirs(new org.apache.hadoop.fs.Path("/theirs"));
    UserGroupInformation guest = UserGroupInformation.createRemoteUser("guest");
    PrivilegedExceptionAction<Void> probe =
        () -> {
          FolderProbe.write("--output_dir", hadoop.uri("/theirs/out"), hadoop.hadoop());
          return null;
        };
    assertThatThrownBy(() -> guest.doAs(probe))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Cannot write to --output_dir: hdfs://")
        .hasMessageContaining("Permission denied: user=guest, access=WRITE, inode=\"/theirs\"")
        .hasMessageNotContaining("\n");
  }

  private int train(String out, String... flags) {
    return trainWith("hdfs:///data/base-model", "hdfs:///data/noto", out, flags);
  }

  private int trainWith(String model, String data, String out, String... flags) {
    List<String> args = new ArrayList<>(List.of("train"));
    args.addAll(SmallRun.flags(model, data, 8, out));
    args.addAll(
        List.of(
            "--master=local[1]",
            "--num_workers=2",
            "--max_train_steps=4",
            "--checkpointing_steps=2"));
    args.addAll(List.of(flags));
    return Application.run(
        new PrintWriter(new StringWriter()),
        new PrintWriter(err, true),
        args.toArray(new String[0]));
  }

  private static List<String> filesIn(String path) throws IOException {
    List<String> names = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> files =
        hadoop.files().listFiles(new org.apache.hadoop.fs.Path(path), true);
    while (files.hasNext()) {
      URI file = files.next().getPath().toUri();
      names.add(file.getPath());
    }
    return names;
  }
}
