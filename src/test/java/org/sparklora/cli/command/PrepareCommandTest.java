package org.sparklora.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sparklora.cli.Application;
import org.sparklora.cli.LaterFlags;
import org.sparklora.spark.prepare.PrepareConfig;

class PrepareCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<PrepareConfig> started = new ArrayList<>();

  @Test
  void carriesEveryFlagToItsPlace() {
    int code =
        run(
            "--pretrained_model_name_or_path=s3a://bucket/sd",
            "--dataset_name=s3a://bucket/pictures",
            "--latent_cache_dir=s3a://bucket/latents",
            "--resolution=256",
            "--random_flip",
            "--seed=7",
            "--threads_per_worker=2",
            "--master=local[2]");
    assertThat(code).as(err.toString()).isZero();
    PrepareConfig config = started.get(0);
    assertThat(config.model().location()).isEqualTo("s3a://bucket/sd");
    assertThat(config.data().datasetName()).isEqualTo("s3a://bucket/pictures");
    assertThat(config.data().resolution()).isEqualTo(256);
    assertThat(config.data().randomFlip()).isTrue();
    assertThat(config.data().seed()).isEqualTo(7);
    assertThat(config.latentCacheDir()).isEqualTo("s3a://bucket/latents");
    assertThat(config.threads()).isEqualTo(2);
    assertThat(config.master()).contains("local[2]");
  }

  @Test
  void reportsAllProblemsAtOnce() {
    assertThat(run("--resolution=7", "--threads_per_worker=0")).isEqualTo(2);
    assertThat(started).isEmpty();
    assertThat(err.toString())
        .contains("Missing --pretrained_model_name_or_path")
        .contains("Missing --dataset_name")
        .contains("Missing --latent_cache_dir")
        .contains("Invalid --resolution: 7")
        .contains("Invalid --threads_per_worker: 0");
  }

  @Test
  void helpGroupsTheFlags() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString())
        .containsSubsequence("--latent_cache_dir", "Model", "Data", "--enable_bucket", "Spark");
  }

  private int run(String... flags) {
    List<String> args = new ArrayList<>(List.of("prepare"));
    LaterFlags.add(args, flags);
    return Application.commandLine(
            config -> {}, started::add, new PrintWriter(out, true), new PrintWriter(err, true))
        .execute(args.toArray(new String[0]));
  }
}
