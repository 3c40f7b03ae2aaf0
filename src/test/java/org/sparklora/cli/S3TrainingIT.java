package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.s3.Fault;
import org.sparklora.s3.Faults;
import org.sparklora.s3.S3Server;
import org.sparklora.store.Holder;
import org.sparklora.store.OutputLease;

/** The whole command on a store that fails: model, data set and output are on s3a. */
@Tag("long")
class S3TrainingIT {
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";

  @TempDir private static Path folder;

  private static S3Server s3;
  private static Configuration hadoop;
  private static AutoCloseable properties;
  private static byte[] expected;

  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void trainUndisturbedToADisk() throws IOException {
    s3 = S3Server.start();
    hadoop = s3.hadoop();
    properties = s3.asSystemProperties();
    upload("src/quickstart/base-model", "base-model");
    upload("src/quickstart/noto", "noto");
    Path out = folder.resolve("disk");
    S3TrainingIT run = new S3TrainingIT();
    int code = run.train(out.toString(), "--master=local[1]", "--num_workers=2");
    assertThat(code).as(run.err.toString()).isZero();
    expected = Files.readAllBytes(out.resolve(ADAPTER));
  }

  @AfterAll
  static void stop() throws Exception {
    properties.close();
    s3.close();
  }

  @Test
  void resumedFromEveryCheckpointOfAStoreThatFailsTheBytesAreTheSame() throws IOException {
    String[] flags = {
      "--master=local-cluster[2,1,1024]", "--num_workers=2", "--checkpointing_steps=1"
    };
    String out = s3.uri("out");
    s3.faults(
        Faults.seeded(17, 0.03)
            .first(1, "PUT /out/checkpoint-1/manifest.json.*", Fault.LOST_RESPONSE));
    assertThat(train(out, flags)).as(err.toString()).isZero();
    assertThat(read("out/" + ADAPTER)).isEqualTo(expected);
    assertThat(read("out/checkpoint-3/" + ADAPTER)).isEqualTo(expected);
    assertThat(s3.faults().injected()).containsKey(Fault.LOST_RESPONSE);

    for (int step = 1; step < 3; step++) {
      hadoopFiles().delete(new org.apache.hadoop.fs.Path(s3.uri("out/" + ADAPTER)), false);
      String[] resumed = {
        "--master=local[2]", "--num_workers=2", "--resume_from_checkpoint=checkpoint-" + step
      };
      assertThat(train(out, resumed)).as(err.toString()).isZero();
      assertThat(read("out/" + ADAPTER)).isEqualTo(expected);
    }
    assertThat(read("out/README.md")).isNotEmpty();
    assertNoSecrets(out);
  }

  @Test
  void dreamBoothWritesToTheStoreWhatItWritesToADisk() throws IOException {
    String[] flags = {
      "--instance_prompt=a sks thing",
      "--with_prior_preservation",
      "--class_prompt=red apple",
      "--num_class_images=2",
      "--max_train_steps=1"
    };
    sameOnDiskAndStore("dreambooth", List.of(ADAPTER), flags);
    assertThat(hadoopFiles().listStatus(new org.apache.hadoop.fs.Path(s3.uri("class-dreambooth"))))
        .hasSize(2);
  }

  @Test
  void pivotalTuningWritesToTheStoreWhatItWritesToADisk() throws IOException {
    String[] flags = {
      "--placeholder_tokens=<toy>",
      "--initializer_tokens=cat",
      "--use_template=object",
      "--max_train_steps_ti=1",
      "--max_train_steps_tuning=1"
    };
    sameOnDiskAndStore(
        "pivotal-tuning",
        List.of(ADAPTER, "learned_embeds.safetensors", "learned_embeds.bin", "lora.safetensors"),
        flags);
  }

  private void sameOnDiskAndStore(String command, List<String> files, String... flags)
      throws IOException {
    Path disk = folder.resolve(command);
    boolean withClass = List.of(flags).contains("--with_prior_preservation");
    for (String out : List.of(disk.toString(), s3.uri(command))) {
      List<String> all = new ArrayList<>(List.of(flags));
      all.add("--master=local[1]");
      if (withClass) {
        String images = "class-" + command;
        boolean onStore = out.startsWith("s3a:");
        all.add("--class_data_dir=" + (onStore ? s3.uri(images) : folder.resolve(images)));
      }
      assertThat(run(command, 4, out, all.toArray(new String[0]))).as(err.toString()).isZero();
    }
    for (String file : files) {
      assertThat(read(command + "/" + file)).isEqualTo(Files.readAllBytes(disk.resolve(file)));
    }
  }

  private int train(String out, String... flags) {
    List<String> all = new ArrayList<>(List.of("--max_train_steps=3"));
    LaterFlags.add(all, flags);
    return run("train", 8, out, all.toArray(new String[0]));
  }

  private int run(String command, int samples, String out, String... flags) {
    List<String> args = new ArrayList<>(List.of(command));
    args.addAll(SmallRun.flags(s3.uri("base-model"), s3.uri("noto"), samples, out));
    LaterFlags.add(args, flags);
    return Application.run(
        new PrintWriter(new StringWriter()),
        new PrintWriter(err, true),
        args.toArray(new String[0]));
  }

  /** No file of the output holds the store's secret key, nor do the messages. */
  private void assertNoSecrets(String out) throws IOException {
    RemoteIterator<LocatedFileStatus> files =
        hadoopFiles().listFiles(new org.apache.hadoop.fs.Path(out), true);
    int read = 0;
    while (files.hasNext()) {
      org.apache.hadoop.fs.Path path = files.next().getPath();
      assertThat(new String(bytes(path), StandardCharsets.ISO_8859_1))
          .as(path.toString())
          .doesNotContain(S3Server.SECRET);
      read++;
    }
    assertThat(read).isGreaterThan(10);
    assertThat(err.toString()).doesNotContain(S3Server.SECRET);
    try (Stream<Path> logs = Files.walk(Path.of(System.getenv("SPARK_HOME"), "work"))) {
      for (Path log : logs.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(log, StandardCharsets.ISO_8859_1))
            .as(log.toString())
            .doesNotContain(S3Server.SECRET);
      }
    }
  }

  @Test
  void aSecondRunIntoTheSameFolderIsRefused() throws IOException {
    org.apache.hadoop.fs.Path out = new org.apache.hadoop.fs.Path(s3.uri("held"));
    Holder holder = Holder.current("the first run");
    try (OutputLease first = OutputLease.acquire(hadoop, out, holder, () -> {})) {
      assertThat(train(out.toString(), "--master=local[1]")).isEqualTo(2);
      first.requireHeld();
    }
    assertThat(err.toString())
        .contains("Cannot write to --output_dir: " + out + "; the first run on");
    assertThat(hadoopFiles().listStatus(out)).as("its lease alone").hasSize(1);
  }

  private static void upload(String from, String to) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of(from))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = to + "/" + Path.of(from).relativize(file);
        FileUtil.copy(
            file.toFile(),
            hadoopFiles(),
            new org.apache.hadoop.fs.Path(s3.uri(name)),
            false,
            hadoop);
      }
    }
  }

  private static byte[] read(String path) throws IOException {
    return bytes(new org.apache.hadoop.fs.Path(s3.uri(path)));
  }

  private static byte[] bytes(org.apache.hadoop.fs.Path path) throws IOException {
    try (var in = hadoopFiles().open(path)) {
      return in.readAllBytes();
    }
  }

  private static FileSystem hadoopFiles() throws IOException {
    return new org.apache.hadoop.fs.Path(s3.uri("")).getFileSystem(hadoop);
  }
}
