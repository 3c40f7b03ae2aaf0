package org.sparklora.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarOutputStream;

/** What became of a command that Spark's own submit ran in a process of its own. */
record Submission(int code, String out, String err) {
  /**
   * Submits a command.
   *
   * @param folder for the process's files
   * @param java options of the driver's JVM
   * @param settings of Spark
   * @param environment more variables
   */
  static Submission run(
      Path folder,
      List<String> java,
      List<String> settings,
      Map<String, String> environment,
      List<String> args)
      throws IOException, InterruptedException {
    Path jar = folder.resolve("spark-lora.jar");
    new JarOutputStream(Files.newOutputStream(jar)).close();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(java);
    command.add("@src/main/resources/org/sparklora/cli/spark-java.args");
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of("org.apache.spark.deploy.SparkSubmit", "--master", "local[1]"));
    settings.forEach(setting -> command.addAll(List.of("--conf", setting)));
    command.addAll(List.of("--class", Main.class.getName(), jar.toString()));
    command.addAll(args);
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().putAll(environment);
    int code = builder.start().waitFor();
    return new Submission(code, Files.readString(out), Files.readString(err));
  }
}
