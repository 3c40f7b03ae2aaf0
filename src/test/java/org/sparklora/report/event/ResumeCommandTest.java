package org.sparklora.report.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResumeCommandTest {
  private static ResumeCommand command(String... arguments) {
    return ResumeCommand.of(Optional.empty(), List.of("java", "-jar", "a.jar"), List.of(arguments));
  }

  @Test
  void aShellReadsTheWordsThatWereGiven() throws Exception {
    List<String> words =
        List.of("train", "--validation_prompt=a \"red\" 'apple' $HOME `id` \\ !", "*", "", "é");
    ResumeCommand printing = ResumeCommand.of(Optional.of("/"), List.of("printf", "%s|"), words);
    Process shell = new ProcessBuilder("sh", "-c", printing.text()).start();
    String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said).isEqualTo(String.join("|", words) + "|--resume_from_checkpoint=latest|");
  }

  @Test
  void whatItResumedFromIsReplaced() {
    assertThat(command("train", "--resume_from_checkpoint", "checkpoint-5", "--rank=4").words())
        .endsWith("train", "--rank=4", "--resume_from_checkpoint=latest");
    assertThat(command("train", "--resume_from_checkpoint=latest", "--rank=4").words())
        .endsWith("train", "--rank=4", "--resume_from_checkpoint=latest");
  }

  @Test
  void ofSettingsOfOneKeyTheLastStays() {
    assertThat(command("--conf", "a.b=1", "-c", "a.c=2", "-c", "a.b=3", "x.jar", "train").words())
        .containsSubsequence("-c", "a.c=2", "-c", "a.b=3", "x.jar")
        .doesNotContain("a.b=1");
  }

  @Test
  void ofSystemPropertiesOfOneKeyTheLastStays() {
    List<String> launcher =
        List.of("java", "-Dspark.a=1", "-Dspark.b=2", "-Dspark.a=3", "-jar", "a.jar");
    assertThat(ResumeCommand.of(Optional.empty(), launcher, List.of("train", "--rank=4")).words())
        .containsExactly(
            "java",
            "-Dspark.b=2",
            "-Dspark.a=3",
            "-jar",
            "a.jar",
            "train",
            "--rank=4",
            "--resume_from_checkpoint=latest");
  }

  @Test
  void ofOptionsOfASubmissionTheLastStays() {
    assertThat(
            ResumeCommand.of(
                    Optional.empty(),
                    List.of("spark-submit"),
                    List.of(
                        "--master",
                        "local[1]",
                        "--verbose",
                        "--driver-memory=1g",
                        "--master",
                        "local[2]",
                        "--driver-memory",
                        "2g",
                        "x.jar",
                        "train",
                        "--validation_prompt=a",
                        "--validation_prompt=a"))
                .words())
        .containsExactly(
            "spark-submit",
            "--verbose",
            "--master",
            "local[2]",
            "--driver-memory",
            "2g",
            "x.jar",
            "train",
            "--validation_prompt=a",
            "--validation_prompt=a",
            "--resume_from_checkpoint=latest");
  }

  @Test
  void secretsAreLeftOutAndNamed() {
    ResumeCommand command =
        command(
            "--conf",
            "spark.hadoop.fs.s3a.secret.key=TOPSECRET",
            "--conf",
            "spark.driver.extraJavaOptions=-Djavax.net.ssl.keyStorePassword=TOPSECRET",
            "train",
            "--hub_token",
            "TOPSECRET",
            "--hub_token=TOPSECRET",
            "--dataset_name=s3a://key:TOPSECRET@bucket/data",
            "--push_to_hub");
    assertThat(command.text())
        .doesNotContain("TOPSECRET")
        .contains("--push_to_hub", "s3a://bucket/data");
    assertThat(command.secrets())
        .containsExactly(
            "spark.hadoop.fs.s3a.secret.key",
            "spark.driver.extraJavaOptions",
            "--hub_token",
            "--hub_token");
  }
}
