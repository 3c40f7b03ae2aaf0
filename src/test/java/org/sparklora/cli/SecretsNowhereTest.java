package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real submission with secrets of many kinds: nothing that it writes or says has one. */
@Tag("long")
class SecretsNowhereTest {
  /** Part of every secret. */
  private static final String MARK = "tOpS3cr3t";

  private static final List<String> SECRETS =
      List.of(
          "spark.hadoop.fs.s3a.access.key=" + MARK + "01",
          "spark.hadoop.fs.s3a.secret.key=" + MARK + "02",
          "spark.hadoop.fs.s3a.session.token=" + MARK + "03",
          "spark.hadoop.fs.s3a.encryption.key=" + MARK + "04",
          "spark.hadoop.fs.azure.account.key.me.dfs.core.windows.net=" + MARK + "05==",
          "spark.hadoop.fs.azure.sas.data.me.blob.core.windows.net=sv=1&sig=" + MARK + "06",
          "spark.hadoop.fs.azure.account.oauth2.client.secret=" + MARK + "07",
          "spark.hadoop.fs.gs.auth.service.account.private.key=" + MARK + "08",
          "spark.hadoop.fs.s3a.bucket.mine.secret.key=" + MARK + "09",
          "spark.executorEnv.AWS_SECRET_ACCESS_KEY=" + MARK + "10",
          "spark.executorEnv.HF_TOKEN=" + MARK + "11",
          "spark.ssl.keyStorePassword=" + MARK + "12",
          "spark.driver.extraJavaOptions=-Djavax.net.ssl.trustStorePassword=" + MARK + "13",
          "spark.executor.extraJavaOptions=-Djavax.net.ssl.keyStorePassword=" + MARK + "14",
          "spark.my.webhook=https://hooks.example/x?signature=" + MARK + "15",
          "spark.my.proxy=http://me:" + MARK + "16@proxy.example:3128/",
          "spark.my.credentials=" + MARK + "17");

  @TempDir private Path folder;

  @Test
  void ofARunThatEndsWell() throws Exception {
    Submission run = submit("--max_train_steps=2", "--report_to=tensorboard,wandb");

    assertThat(run.code()).as(run.err()).isZero();
    assertThat(eventLog()).contains("SparkListenerEnvironmentUpdate", "fs.s3a.secret.key");
    assertThat(folder.resolve("out/report.html")).exists();
    requireNoSecret(run);
  }

  /** It says how to go on, and its failure is in the report. */
  @Test
  void ofARunThatFails() throws Exception {
    Submission run =
        submit("--max_train_steps=40", "--learning_rate=1000", "--checkpointing_steps=1");

    assertThat(run.code()).as(run.err()).isNotZero();
    assertThat(run.err()).contains("fs.s3a.secret.key");
    requireNoSecret(run);
  }

  private Submission submit(String... flags) throws IOException, InterruptedException {
    Path events = Files.createDirectory(folder.resolve("events"));
    List<String> settings = new ArrayList<>(SECRETS);
    settings.add("spark.eventLog.enabled=true");
    settings.add("spark.eventLog.compress=false");
    settings.add("spark.eventLog.dir=" + events.toUri());
    List<String> words = new ArrayList<>(List.of("train"));
    words.addAll(SmallRun.flags(SmallRun.MODEL, SmallRun.DATA, 2, folder.resolve("out")));
    words.add("--hub_token=hf_" + MARK + "abcdefghijklmnop");
    LaterFlags.add(words, flags);
    return Submission.run(
        folder,
        List.of("-Xmx1500m", "-Djavax.net.ssl.keyStorePassword=" + MARK + "20"),
        settings,
        Map.of("AWS_SECRET_ACCESS_KEY", MARK + "21", "WANDB_API_KEY", MARK + "22"),
        words);
  }

  private String eventLog() throws IOException {
    StringBuilder text = new StringBuilder();
    for (Path file : files(folder.resolve("events"))) {
      text.append(Files.readString(file));
    }
    return text.toString();
  }

  private void requireNoSecret(Submission run) throws IOException {
    assertThat(run.out()).doesNotContain(MARK);
    assertThat(run.err()).doesNotContain(MARK);
    List<Path> all = files(folder);
    assertThat(all).hasSizeGreaterThan(4);
    for (Path file : all) {
      String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      assertThat(text.contains(MARK)).as("a secret in %s", file).isFalse();
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }
}
