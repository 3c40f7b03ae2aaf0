package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.util.InvalidInputException;

class EmbeddedLaunchTest {
  @TempDir private Path folder;

  @Test
  void startsJavaWithTheSparkThatLiesBesideTheJar() throws Exception {
    Files.createDirectories(folder.resolve("spark/jars"));
    Path jar = folder.resolve("spark-lora.jar");
    EmbeddedLaunch launch = EmbeddedLaunch.find(jar, Map.of());
    List<String> command = launch.command(Map.of("SPARK_DRIVER_MEMORY", "3g"), "train", "--rank=8");
    assertThat(command)
        .contains("-Xmx3g", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED")
        .containsSubsequence(
            "-cp",
            jar + ":" + folder.resolve("spark/jars/*"),
            "org.sparklora.cli.Main",
            "train",
            "--rank=8");
  }

  @Test
  void handsSparkSettingsOn() {
    System.setProperty("spark.lora.rank", "8");
    try {
      assertThat(new EmbeddedLaunch(folder.resolve("a.jar"), folder).command(Map.of(), "train"))
          .contains("-Dspark.lora.rank=8");
    } finally {
      System.clearProperty("spark.lora.rank");
    }
  }

  @Test
  void logsAsConfSaysWhereNobodySaysOtherwise() throws Exception {
    Path conf = Files.createDirectories(folder.resolve("conf")).resolve("log4j2.properties");
    Files.writeString(conf, "");
    EmbeddedLaunch launch = new EmbeddedLaunch(folder.resolve("target/a.jar"), folder);
    String logging = "-Dlog4j2.configurationFile=" + conf;
    assertThat(launch.command(Map.of(), "train")).contains(logging);
    assertThat(launch.command(Map.of("LOG4J_CONFIGURATION_FILE", "other"), "train"))
        .doesNotContain(logging);
  }

  @Test
  void takesTheSparkThatSparkHomeNames() throws Exception {
    Path home = Files.createDirectories(folder.resolve("elsewhere/jars")).getParent();
    EmbeddedLaunch launch =
        EmbeddedLaunch.find(folder.resolve("a.jar"), Map.of("SPARK_HOME", home.toString()));
    assertThat(launch.sparkHome()).isEqualTo(home);
  }

  @Test
  void theSecondJvmEndsWhenTheFirstIsKilled() throws Exception {
    Process starter = new ProcessBuilder("sleep", "60").start();
    CountDownLatch ended = new CountDownLatch(1);
    EmbeddedLaunch.whenGone(ProcessHandle.of(starter.pid()), ended::countDown);
    assertThat(ended.await(100, TimeUnit.MILLISECONDS)).isFalse();
    starter.destroyForcibly();
    assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
    CountDownLatch goneBefore = new CountDownLatch(1);
    EmbeddedLaunch.whenGone(ProcessHandle.of(starter.pid()), goneBefore::countDown);
    assertThat(goneBefore.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void saysWhatToDoWithoutSpark() {
    assertThatThrownBy(() -> EmbeddedLaunch.find(folder.resolve("a.jar"), Map.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("spark-submit")
        .hasMessageContaining("mvn package");
  }
}
