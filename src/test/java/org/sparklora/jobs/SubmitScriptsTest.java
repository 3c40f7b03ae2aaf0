package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.deploy.SparkSubmitArguments;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** The commands that the submit scripts build, read by Spark's own parser of spark-submit. */
class SubmitScriptsTest {
  private static final Path ROOT = Path.of("").toAbsolutePath();
  private static final Map<String, String> YARN = Map.of("HADOOP_CONF_DIR", "/etc/hadoop");
  private static final String[] FLAGS = {"--output_dir=a b", "--resolution=64"};

  @TempDir private Path folder;

  @Test
  void local() throws Exception {
    SparkSubmitArguments submit = dryRun("submit-local", Map.of(), FLAGS);
    assertThat(submit.master()).isEqualTo("local[*]");
    assertThat(submit.primaryResource()).endsWith("/target/spark-lora.jar");
    assertThat(arguments(submit)).containsExactly("train", "--output_dir=a b", "--resolution=64");
  }

  @Test
  void standalone() throws Exception {
    Map<String, String> environment =
        Map.of("MASTER", "spark://host:7077", "SPARK_HOME", distribution());
    SparkSubmitArguments submit =
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
    assertThat(submit.master()).isEqualTo("spark://host:7077");
    assertThat(submit.deployMode()).isIn(null, "client");
    assertThat(submit.jars()).contains("pytorch-native-cpu-");
    assertThat(submit.executorMemory()).as("the command line wins over the file").isEqualTo("3g");
    assertThat(property(submit, "spark.x")).isEqualTo("y z");
    assertThat(property(submit, "spark.task.maxFailures")).as("of the file").isEqualTo("8");
    assertThat(property(submit, "spark.dynamicAllocation.enabled")).isEqualTo("false");
    assertThat(arguments(submit)).containsExactly("prepare", "--resolution=64");
  }

  @Test
  void standaloneWithTheSparkOfTheBuildSendsNoLibtorch() throws Exception {
    SparkSubmitArguments submit =
        dryRun("submit-standalone", Map.of("MASTER", "spark://host:7077"), FLAGS);
    assertThat(submit.jars()).isNull();
  }

  @Test
  void yarnWithGpus() throws Exception {
    SparkSubmitArguments submit =
        dryRun("submit-yarn", Map.of("SPARK_HOME", distribution()), FLAGS);
    assertThat(submit.master()).isEqualTo("yarn");
    assertThat(submit.deployMode()).isEqualTo("cluster");
    assertThat(submit.files()).contains("gpu-discovery").contains("log4j2.properties");
    assertThat(submit.jars()).as("GPU nodes bring CUDA libtorch").isNull();
    assertThat(property(submit, "spark.executor.resource.gpu.amount")).isEqualTo("1");
    assertThat(property(submit, "spark.executor.resource.gpu.discoveryScript"))
        .isEqualTo("./gpu-discovery");
  }

  @Test
  void yarnWithCpus() throws Exception {
    Map<String, String> environment =
        Map.of("SPARK_HOME", distribution(), "DEVICE", "cpu", "DEPLOY_MODE", "client");
    SparkSubmitArguments submit = dryRun("submit-yarn", environment, FLAGS);
    assertThat(submit.deployMode()).isEqualTo("client");
    assertThat(submit.jars()).contains("pytorch-native-cpu-");
    assertThat(property(submit, "spark.executor.resource.gpu.amount")).isNull();
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
    SparkSubmitArguments submit = dryRun("submit-kubernetes", environment, FLAGS);
    assertThat(submit.master()).isEqualTo("k8s://https://host:6443");
    assertThat(submit.deployMode()).isEqualTo("cluster");
    assertThat(submit.primaryResource()).isEqualTo("local:///opt/spark-lora/spark-lora.jar");
    assertThat(property(submit, "spark.kubernetes.container.image"))
        .isEqualTo("registry/spark-lora:gpu");
    assertThat(property(submit, "spark.kubernetes.namespace")).isEqualTo("ml");
    assertThat(property(submit, "spark.executor.resource.gpu.vendor")).isEqualTo("nvidia.com");
    assertThat(property(submit, "spark.executor.resource.gpu.discoveryScript"))
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

  private SparkSubmitArguments dryRun(
      String script, Map<String, String> environment, String... arguments) throws Exception {
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
    return parse(all.subList(1, all.size()));
  }

  private static SparkSubmitArguments parse(List<String> words) {
    Seq<String> arguments = CollectionConverters.asScala(words).toSeq();
    return new SparkSubmitArguments(
        arguments, scala.collection.immutable.Map.from(CollectionConverters.asScala(YARN)));
  }

  private static List<String> arguments(SparkSubmitArguments submit) {
    return CollectionConverters.asJava(submit.childArgs().toSeq());
  }

  private static String property(SparkSubmitArguments submit, String key) {
    return CollectionConverters.asJava(submit.sparkProperties()).get(key);
  }
}
