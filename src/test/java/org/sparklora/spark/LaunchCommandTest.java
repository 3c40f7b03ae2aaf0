package org.sparklora.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class LaunchCommandTest {
  private static final List<String> ARGUMENTS = List.of("train", "--validation_prompt=a cat");
  private static final String END = "train '--validation_prompt=a cat' --resume_from_checkpoint";

  private static SparkConf conf() {
    return new SparkConf(false).set("spark.master", "spark://host:7077");
  }

  private static LaunchCommand launch(boolean embedded, String... commandLine) {
    return new LaunchCommand(
        List.of(commandLine), embedded, "/opt/spark-lora.jar", "/work", Map.of());
  }

  private static String oneLine(LaunchCommand launch, SparkConf conf) {
    return launch.resume(conf, ARGUMENTS).text().replace("\\\n  ", "").replace("\n", " ");
  }

  @Test
  void javaJarIsStartedFromItsFolder() {
    assertThat(oneLine(launch(true), conf()))
        .startsWith("cd /work && java -jar /opt/spark-lora.jar " + END);
  }

  @Test
  void driverMemoryOfJavaJarStays() {
    LaunchCommand launch =
        new LaunchCommand(List.of(), true, "a.jar", "/", Map.of("SPARK_DRIVER_MEMORY", "4g"));
    assertThat(oneLine(launch, conf())).contains("env SPARK_DRIVER_MEMORY=4g java -jar a.jar");
  }

  @Test
  void sparkSubmitIsGivenWhatItWasGiven() {
    String text =
        oneLine(
            launch(
                false,
                "/usr/bin/java",
                "-cp",
                "/spark/jars/*",
                "-Xmx4g",
                "org.apache.spark.deploy.SparkSubmit",
                "--master",
                "spark://host:7077",
                "--conf",
                "spark.executor.memory=8g",
                "--jars",
                "native.jar",
                "target/spark-lora.jar",
                "train",
                "--validation_prompt=a cat",
                ""),
            conf());
    assertThat(text)
        .startsWith("cd /work && spark-submit --master spark://host:7077")
        .contains("--conf spark.executor.memory=8g --jars native.jar target/spark-lora.jar " + END);
  }

  @Test
  void inAContainerTheSettingsTell() {
    SparkConf conf =
        conf()
            .set("spark.master", "yarn")
            .set("spark.submit.deployMode", "cluster")
            .set("spark.executor.memory", "8g")
            .set("spark.hadoop.fs.s3a.secret.key", "TOPSECRET")
            .set("spark.jars", "s3a://jars/spark-lora.jar,s3a://jars/native.jar")
            .set("spark.app.id", "application_1")
            .set("spark.driver.port", "1234");
    String text = oneLine(launch(false, "java", "ApplicationMaster"), conf);
    assertThat(text)
        .startsWith("spark-submit --master yarn --deploy-mode cluster")
        .contains("--jars s3a://jars/native.jar", "--conf spark.executor.memory=8g")
        .contains("s3a://jars/spark-lora.jar " + END)
        .doesNotContain("TOPSECRET", "application_1", "1234");
  }

  @Test
  void thisProcessHasACommandLine() {
    assertThat(oneLine(LaunchCommand.ofThisProcess(), conf())).contains(END);
  }
}
