package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The CPU image, made without Docker from the instructions of its file, and containers of it. It
 * wants root, debootstrap and SPARK_LORA_SPARK, a Spark distribution. What was said is in
 * target/docs/image*.log.
 */
@Tag("slow")
class ImageIT {
  private static final Path OUT = Path.of("target", "docs");
  private static final Path ROOT = Path.of("target", "image").toAbsolutePath();
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";
  private static final int GRACE_SECONDS = 10;
  private static final String RECIPE =
      " --max_train_samples=12 --resolution=64 --train_batch_size=1 --num_workers=2"
          + " --learning_rate=1e-3 --seed=5 --checkpointing_steps=2 ";

  @BeforeAll
  static void build() throws Exception {
    String spark = System.getenv("SPARK_LORA_SPARK");
    assumeThat(spark).as("SPARK_LORA_SPARK, a Spark distribution").isNotNull();
    assumeThat(Scripts.run(Map.of(), "id", "-u").text().strip()).as("root").isEqualTo("0");
    Scripts.Result apart = Scripts.run(Map.of(), "unshare", "--mount", "--pid", "--fork", "true");
    assumeThat(apart.code()).as("namespaces: " + apart.text()).isZero();
    Scripts.run(Map.of(), "rm", "-rf", ROOT.toString());
    try (Shell build =
        shell("docker/build-in-folder " + ROOT, "image", Map.of("SPARK_HOME", spark))) {
      int code = build.end();
      assumeThat(code).as(build.text()).isNotEqualTo(4);
      assertThat(code).as(build.text()).isZero();
    }
    Scripts.run(Map.of(), "cp", "-r", "src/quickstart", ROOT.resolve("data").toString());
  }

  @Test
  void addsToADistributionWhatThatLacks() throws IOException {
    List<String> distribution = jars(Path.of(System.getenv("SPARK_LORA_SPARK"), "jars"));
    List<String> added = new ArrayList<>(jars(ROOT.resolve("opt/spark/jars")));
    assertThat(added).containsAll(distribution);
    added.removeAll(distribution);
    assertThat(added.stream().map(ImageIT::artifact))
        .contains("hadoop-aws", "pytorch-native-cpu")
        .doesNotContainAnyElementsOf(distribution.stream().map(ImageIT::artifact).toList());
    assertThat(ROOT.resolve("opt/spark-lora/spark-lora.jar")).exists();
    assertThat(ROOT.resolve("jars")).as("a mount of the build").doesNotExist();
    assertThat(Files.readString(ROOT.resolve(".user")).strip()).isEqualTo("185");
  }

  private static List<String> jars(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(jar -> jar.getFileName().toString()).toList();
    }
  }

  private static String artifact(String jar) {
    return jar.replaceAll("-[0-9].*", "");
  }

  /** As user 185. */
  @Test
  void trainsTheBytesOfThisMachineAsAUserWithoutRights() throws Exception {
    String flags = RECIPE + "--max_train_steps=4 --output_dir=";
    try (Shell shell = train(flags + "/tmp/out", "image-train")) {
      assertThat(shell.end()).as(shell.text()).isZero();
    }
    Path here = OUT.resolve("image-here");
    Shell.delete(here);
    String local =
        "jobs/submit-local --pretrained_model_name_or_path=src/quickstart/base-model"
            + " --dataset_name=src/quickstart/noto"
            + flags
            + here;
    try (Shell shell = shell(local, "image-here", Map.of("MASTER", "local[2]"))) {
      assertThat(shell.end()).as(shell.text()).isZero();
    }
    byte[] expected = Files.readAllBytes(here.resolve(ADAPTER));
    assertThat(Files.readAllBytes(ROOT.resolve("tmp/out").resolve(ADAPTER))).isEqualTo(expected);
    assertThat(Files.getAttribute(ROOT.resolve("tmp/out"), "unix:uid")).isEqualTo(185);
  }

  /** {@code docker stop}: SIGTERM, and ten seconds later SIGKILL. */
  @Test
  void aStoppedContainerSavesACheckpointAndSaysHowToGoOn() throws Exception {
    String flags = RECIPE + "--max_train_steps=5000 --output_dir=/tmp/stopped";
    try (Shell shell = train(flags, "image-stopped")) {
      while (!Files.exists(ROOT.resolve("tmp/stopped/checkpoint-2/manifest.json"))) {
        assertThat(shell.process().isAlive()).as(shell.text()).isTrue();
        Thread.sleep(50);
      }
      long began = System.nanoTime();
      shell.process().destroy();
      assertThat(shell.process().waitFor(2 * GRACE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .isLessThan(Duration.ofSeconds(GRACE_SECONDS));
      assertThat(shell.process().exitValue()).as(shell.text()).isEqualTo(143);
      assertThat(shell.text()).contains("--resume_from_checkpoint=latest");
    }
  }

  private static Shell train(String flags, String log) throws IOException {
    String command =
        "exec docker/run-in-folder "
            + ROOT
            + " /opt/spark/bin/spark-submit --master 'local[2]' /opt/spark-lora/spark-lora.jar"
            + " train --pretrained_model_name_or_path=/data/base-model --dataset_name=/data/noto"
            + flags;
    return shell(command, log, Map.of());
  }

  private static Shell shell(String script, String log, Map<String, String> environment)
      throws IOException {
    return Shell.start(script, OUT.resolve(log + ".log"), environment);
  }
}
