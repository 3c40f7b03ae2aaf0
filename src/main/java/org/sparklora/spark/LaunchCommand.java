package org.sparklora.spark;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.SparkConf;
import org.sparklora.report.event.ResumeCommand;
import org.sparklora.util.StarterProcess;

/**
 * Turns the command that this process was started with into one that resumes the run.
 *
 * @param commandLine of this process; empty if the system does not report it
 * @param embedded whether it was {@code java -jar}
 * @param jar the application's
 * @param folder the working directory
 */
record LaunchCommand(
    List<String> commandLine,
    boolean embedded,
    String jar,
    String folder,
    Map<String, String> environment) {
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
  private static final String SUBMIT = "org.apache.spark.deploy.SparkSubmit";
  private static final String DRIVER_MEMORY = "SPARK_DRIVER_MEMORY";
  private static final String UNKNOWN_JAR = "spark-lora.jar";

  /** Settings that Spark sets itself, or that have an option of their own in a submission. */
  private static final List<String> NOT_GIVEN =
      List.of(
          "spark.app.",
          "spark.master",
          "spark.submit.",
          "spark.jars",
          "spark.repl.",
          "spark.driver.host",
          "spark.driver.port",
          "spark.driver.appUIAddress",
          "spark.executor.id",
          "spark.kubernetes.submitInDriver",
          "spark.kubernetes.driver.pod.name",
          "spark.kubernetes.resource.type",
          "spark.yarn.app.",
          "spark.yarn.dist.",
          "spark.ui.filters",
          "spark.ui.proxyBase",
          "spark.org.apache.hadoop.");

  static LaunchCommand ofThisProcess() {
    return new LaunchCommand(
        commandLineOfThisProcess(),
        StarterProcess.isKnown(),
        jarOfThisProcess(),
        Path.of("").toAbsolutePath().toString(),
        System.getenv());
  }

  private static List<String> commandLineOfThisProcess() {
    try {
      // ProcessHandle gives only the first page of the command line.
      String words = new String(Files.readAllBytes(COMMAND_LINE), StandardCharsets.UTF_8);
      return List.of(words.split("\0", -1));
    } catch (IOException e) {
      return List.of(); // not a Linux
    }
  }

  private static String jarOfThisProcess() {
    try {
      Path code =
          Path.of(LaunchCommand.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return Files.isRegularFile(code) ? code.toString() : UNKNOWN_JAR;
    } catch (URISyntaxException | IllegalArgumentException e) {
      return UNKNOWN_JAR;
    }
  }

  /**
   * The command that resumes the run.
   *
   * @param arguments the application's, as given
   */
  ResumeCommand resume(SparkConf conf, List<String> arguments) {
    if (embedded) {
      List<String> launcher = new ArrayList<>();
      if (environment.containsKey(DRIVER_MEMORY)) {
        launcher.addAll(List.of("env", DRIVER_MEMORY + "=" + environment.get(DRIVER_MEMORY)));
      }
      launcher.add("java");
      // The first JVM passes on the settings of its command line; settings from files are not
      // among them.
      commandLine.stream()
          .takeWhile(word -> !word.equals("-cp"))
          .filter(word -> word.startsWith("-Dspark."))
          .forEach(launcher::add);
      launcher.addAll(List.of("-jar", jar));
      return ResumeCommand.of(Optional.of(folder), launcher, arguments);
    }
    // In a cluster's container the command line is Spark's, not the one that the user typed.
    boolean elsewhere =
        conf.get("spark.submit.deployMode", "client").equals("cluster")
            || conf.getBoolean("spark.kubernetes.submitInDriver", false);
    int submit = commandLine.indexOf(SUBMIT);
    if (submit >= 0 && !elsewhere) {
      List<String> given = commandLine.subList(submit + 1, commandLine.size());
      List<String> words = given.stream().filter(word -> !word.isEmpty()).toList();
      return ResumeCommand.of(Optional.of(folder), List.of(sparkSubmit()), words);
    }
    Optional<String> place = elsewhere ? Optional.empty() : Optional.of(folder);
    return ResumeCommand.of(place, asSubmitted(conf, elsewhere), arguments);
  }

  private String sparkSubmit() {
    Path script = Path.of(environment.getOrDefault("SPARK_HOME", ""), "bin", "spark-submit");
    return script.isAbsolute() && Files.isRegularFile(script) ? script.toString() : "spark-submit";
  }

  /** Builds the command from the settings, if the command line is not known. */
  private List<String> asSubmitted(SparkConf conf, boolean cluster) {
    List<String> words = new ArrayList<>(List.of("spark-submit"));
    words.addAll(List.of("--master", conf.get("spark.master")));
    if (cluster) {
      words.addAll(List.of("--deploy-mode", "cluster"));
    }
    List<String> jars =
        Arrays.stream(conf.get("spark.jars", "").split(",", -1)).filter(j -> !j.isEmpty()).toList();
    Optional<String> own =
        jars.stream().filter(name -> name.endsWith("spark-lora.jar")).findFirst();
    List<String> others = jars.stream().filter(name -> !name.equals(own.orElse(""))).toList();
    if (!others.isEmpty()) {
      words.addAll(List.of("--jars", String.join(",", others)));
    }
    Map<String, String> settings = new TreeMap<>();
    Arrays.stream(conf.getAll()).forEach(pair -> settings.put(pair._1(), pair._2()));
    settings.forEach(
        (key, value) -> {
          if (NOT_GIVEN.stream().noneMatch(key::startsWith)) {
            words.addAll(List.of("--conf", key + "=" + value));
          }
        });
    words.add(own.orElse(jar));
    return words;
  }
}
