package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The images cannot be built here: what they are made of is there, in the versions of the build.
 */
class DockerFilesTest {
  /** The folder of CUDA libtorch, which whoever builds the image brings. */
  private static final String BROUGHT = "libtorch";

  @ParameterizedTest
  @ValueSource(strings = {"docker/Dockerfile.cpu", "docker/Dockerfile.gpu"})
  void copiesWhatIsThereAndWhatTheContextHolds(String file) throws IOException {
    List<String> context = Files.readAllLines(Path.of(".dockerignore"));
    List<String> sources = all(Files.readString(Path.of(file)), "(?m)^COPY (?!--from)(\\S+) \\S+$");
    assertThat(sources).contains("pom.xml", "src/main", "conf");
    for (String source : sources) {
      assertThat(context).contains("!" + source);
      if (!source.equals(BROUGHT)) {
        assertThat(Path.of(source)).exists();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"docker/Dockerfile.cpu", "docker/Dockerfile.gpu"})
  void versionsAreThoseOfTheBuild(String file) throws IOException {
    String text = Files.readString(Path.of(file));
    assertThat(all(text, "ARG SPARK_VERSION=(.*)")).containsExactly(pom("spark.version"));
    assertThat(all(text, "ARG SCALA_VERSION=(.*)")).containsExactly(pom("scala.binary.version"));
    assertThat(all(text, "-java(\\d+)-")).containsOnly(pom("maven.compiler.release"));
    assertThat(text).as("not root").containsPattern("(?m)^USER 185$");
  }

  @Test
  void cudaLibtorchIsTheOneThatTheJniLibraryIsFor() throws IOException {
    String version = pom("libtorch.version");
    String image = Files.readString(Path.of("docker/Dockerfile.gpu"));
    assertThat(all(image, "PYTORCH_VERSION=(\\S+)")).containsExactly(version);
    assertThat(all(image, "'(\\S+)\\+cu128'")).containsExactly(version);
    String settings = Files.readString(Path.of("conf/spark-defaults-gpu.conf"));
    assertThat(all(settings, "PYTORCH_VERSION +(\\S+)")).containsExactly(version);
  }

  /** The command of the service `train`, read by Spark's own parser. */
  @Test
  void composeSubmitsATrainingToItsCluster() throws IOException {
    String text = Files.readString(Path.of("docker/compose.yaml"));
    assertThat(Path.of("docker").resolve(all(text, "dockerfile: (.*)").get(0)).getFileName())
        .hasToString("Dockerfile.cpu");
    String train = text.substring(text.indexOf("\n  train:"));
    List<String> words = all(train, "(?m)^      - ([-/]\\S+|train)$");
    assertThat(words.get(0)).isEqualTo("/opt/spark/bin/spark-submit");
    words = words.stream().map(word -> word.replace("/opt/spark-lora/conf", "conf")).toList();
    SubmitCommand submit = SubmitCommand.of(words.subList(1, words.size()));
    assertThat(submit.read().master()).isEqualTo("spark://master:7077");
    assertThat(submit.read().primaryResource()).endsWith("/opt/spark-lora/spark-lora.jar");
    assertThat(submit.property("spark.task.maxFailures")).as("of the file").isEqualTo("8");
    assertThat(submit.arguments())
        .startsWith("train")
        .contains("--output_dir=s3a://lora/twemoji", "--resume_from_checkpoint=latest");
  }

  private static String pom(String property) throws IOException {
    String text = Files.readString(Path.of("pom.xml"));
    return all(text, "<" + Pattern.quote(property) + ">(.*)</").get(0);
  }

  private static List<String> all(String text, String pattern) {
    return Pattern.compile(pattern).matcher(text).results().map(DockerFilesTest::first).toList();
  }

  private static String first(MatchResult match) {
    return match.group(1);
  }
}
