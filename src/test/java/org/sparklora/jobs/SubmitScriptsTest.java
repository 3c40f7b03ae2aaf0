package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that the submit scripts build, read by Spark's own parser of spark-submit. */
class SubmitScriptsTest {
  private static final Path ROOT = Path.of("").toAbsolutePath();
  private static final String[] FLAGS = {"--output_dir=a b", "--resolution=64"};

  @TempDir private Path folder;

  @Test
  void local() throws Exception {
    SubmitCommand submit = dryRun("submit-local", Map.of(), FLAGS);
    assertThat(submit.read().master()).isEqualTo("local[*]");
    assertThat(submit.read().primaryResource()).endsWith("/target/spark-lora.jar");
    assertThat(submit.arguments()).containsExactly("train", "--output_dir=a b", "--resolution=64");
  }

  @Test
  void standalone() throws Exception {
    Map<String, String> environment =
        Map.of("MASTER", "spark://host:7077", "SPARK_HOME", distribution());
    SubmitCommand submit =
        dryRun(
            "submit-standalone",
            environment,
            "--executor-memory",
            "3g",
            "--conf",
            "spark.x=y z",
            "--",
            "prepare",
            "--resolution=64");
    assertThat(submit.read().master()).isEqualTo("spark://host:7077");
    assertThat(submit.read().deployMode()).isIn(null, "client");
    assertThat(submit.read().jars()).contains("pytorch-native-cpu-");
    assertThat(submit.read().executorMemory())
        .as("the command line wins over the file")
        .isEqualTo("3g");
    assertThat(submit.property("spark.x")).isEqualTo("y z");
    assertThat(submit.property("spark.task.maxFailures")).as("of the file").isEqualTo("8");
    assertThat(submit.property("spark.dynamicAllocation.enabled")).isEqualTo("false");
    assertThat(submit.arguments()).containsExactly("prepare", "--resolution=64");
  }

  @Test
  void standaloneWithTheSparkOfTheBuildSendsNoLibtorch() throws Exception {
    SubmitCommand submit =
        dryRun("submit-standalone", Map.of("MASTER", "spark://host:7077"), FLAGS);
    assertThat(submit.read().jars()).isNull();
  }

  @Test
  void yarnWithGpus() throws Exception {
    SubmitCommand submit = dryRun("submit-yarn", Map.of("SPARK_HOME", distribution()), FLAGS);
    assertThat(submit.read().master()).isEqualTo("yarn");
    assertThat(submit.read().deployMode()).isEqualTo("cluster");
    assertThat(submit.read().files()).contains("gpu-discovery").contains("log4j2.properties");
    assertThat(submit.read().jars()).as("GPU nodes bring CUDA libtorch").isNull();
    assertThat(submit.property("spark.executor.resource.gpu.amount")).isEqualTo("1");
    assertThat(submit.property("spark.executor.resource.gpu.discoveryScript"))
        .isEqualTo("./gpu-discovery");
  }

  @Test
  void yarnWithCpus() throws Exception {
    Map<String, String> environment =
        Map.of("SPARK_HOME", distribution(), "DEVICE", "cpu", "DEPLOY_MODE", "client");
    SubmitCommand submit = dryRun("submit-yarn", environment, FLAGS);
    assertThat(submit.read().deployMode()).isEqualTo("client");
    assertThat(submit.read().jars()).contains("pytorch-native-cpu-");
    assertThat(submit.property("spark.executor.resource.gpu.amount")).isNull();
  }

  @Test
  void kubernetes() throws Exception {
    Map<String, String> environment =
        Map.of(
            "SPARK_HOME",
            distribution(),
            "MASTER",
            "k8s://https://host:6443",
            "IMAGE",
            "registry/spark-lora:gpu",
            "NAMESPACE",
            "ml");
    SubmitCommand submit = dryRun("submit-kubernetes", environment, FLAGS);
    assertThat(submit.read().master()).isEqualTo("k8s://https://host:6443");
    assertThat(submit.read().deployMode()).isEqualTo("cluster");
    assertThat(submit.read().primaryResource()).isEqualTo("local:///opt/spark-lora/spark-lora.jar");
    assertThat(submit.read().mainClass())
        .as("the jar is where spark-submit cannot read it")
        .isEqualTo("org.sparklora.cli.Main");
    assertThat(submit.property("spark.kubernetes.container.image"))
        .isEqualTo("registry/spark-lora:gpu");
    assertThat(submit.property("spark.kubernetes.namespace")).isEqualTo("ml");
    assertThat(submit.property("spark.executor.resource.gpu.vendor")).isEqualTo("nvidia.com");
    assertThat(submit.property("spark.executor.resource.gpu.discoveryScript"))
        .isEqualTo("/opt/spark-lora/conf/gpu-discovery");
  }

  /** What spark-submit prints in cluster mode is all that is known of the driver's end. */
  @Test
  void inClusterModeTheExitCodeIsTheDriversOwn() throws Exception {
    String yarn = "ERROR Client: Application diagnostics message: User application exited with";
    assertThat(submitted(1, yarn + " status 3")).isEqualTo(3);
    assertThat(submitted(0, "\t exit code: 4")).as("Kubernetes").isEqualTo(4);
    assertThat(submitted(0, "\t exit code: 0")).isZero();
    assertThat(submitted(1, "no route to host")).isEqualTo(1);
  }

  @Test
  void withoutArgumentsTheUsageIsPrinted() throws Exception {
    Scripts.Result result = Scripts.run(Map.of(), "jobs/submit-yarn".split(" "));
    assertThat(result.code()).isNotZero();
    assertThat(result.text()).contains("SPARK_HOME");
    result = Scripts.run(Map.of(), "jobs/submit-local");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.text()).contains("jobs/submit-WHERE [--dry-run]").contains("local[*]");
  }

  /** A run of submit-yarn whose spark-submit prints a line and ends. */
  private int submitted(int code, String line) throws Exception {
    Path submit = Path.of(distribution(), "bin", "spark-submit");
    Files.createDirectories(submit.getParent());
    Files.writeString(submit, "#!/bin/sh\necho '" + line + "' >&2\nexit " + code + "\n");
    submit.toFile().setExecutable(true);
    Map<String, String> environment = Map.of("SPARK_HOME", distribution());
    Scripts.Result result = Scripts.run(environment, "jobs/submit-yarn", "--resolution=64");
    assertThat(result.text()).contains(line.strip());
    return result.code();
  }

  /** A Spark home as a cluster has it: without libtorch. */
  private String distribution() {
    return folder.resolve("spark").toString();
  }

  private SubmitCommand dryRun(String script, Map<String, String> environment, String... arguments)
      throws Exception {
    String[] command = new String[arguments.length + 2];
    command[0] = "jobs/" + script;
    command[1] = "--dry-run";
    System.arraycopy(arguments, 0, command, 2, arguments.length);
    Scripts.Result shown = Scripts.run(environment, command);
    assertThat(shown.code()).as(shown.text()).isZero();
    // The shell reads the words that the script quoted for it.
    Scripts.Result words = Scripts.run(Map.of(), "bash", "-c", "printf '%s\\n' " + shown.text());
    List<String> all = words.text().lines().toList();
    assertThat(all.get(0)).isEqualTo(ROOT + "/jobs/bin/spark-submit");
    return SubmitCommand.of(all.subList(1, all.size()));
  }
}
