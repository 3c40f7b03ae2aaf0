package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.sparklora.hadoop.HadoopCluster;

/**
 * Hadoop's own YARN and HDFS, and the machine that submits to them: a Spark distribution, which
 * SPARK_LORA_SPARK names, and the command {@code hdfs}.
 *
 * @param environment of scripts that submit
 */
record YarnCluster(HadoopCluster hadoop, Path folder, Map<String, String> environment)
    implements AutoCloseable {

  /**
   * Starts one. Tests are skipped where there is no Spark distribution.
   *
   * @param folder for its files and logs; what is there is deleted
   */
  static YarnCluster start(Path folder) throws IOException {
    String spark = System.getenv("SPARK_LORA_SPARK");
    assumeThat(spark).as("SPARK_LORA_SPARK, a Spark distribution").isNotNull();
    Shell.delete(folder);
    HadoopCluster hadoop = HadoopCluster.start(folder, HadoopCluster.Services.YARN);
    Map<String, String> environment = new HashMap<>();
    environment.put("SPARK_HOME", spark);
    environment.put("HADOOP_CONF_DIR", hadoop.conf().toString());
    environment.put("PATH", hdfsCommand(folder) + ":" + System.getenv("PATH"));
    environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    environment.put("OMP_WAIT_POLICY", "passive");
    environment.put("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    return new YarnCluster(hadoop, folder, environment);
  }

  /** Hadoop's own {@code hdfs dfs}, of the classes that Spark has. */
  private static Path hdfsCommand(Path folder) throws IOException {
    Path hdfs = Files.createDirectories(folder.resolve("bin").toAbsolutePath()).resolve("hdfs");
    Files.writeString(
        hdfs,
        """
        #!/bin/sh
        shift
        exec java -cp "$HADOOP_CONF_DIR:$SPARK_HOME/jars/*" org.apache.hadoop.fs.FsShell "$@"
        """);
    assertThat(hdfs.toFile().setExecutable(true)).isTrue();
    return hdfs.getParent();
  }

  Shell shell(String script, Path log) throws IOException {
    return Shell.start(script, log, environment);
  }

  /** Runs a script without the cluster, on this machine's disk, to its good end. */
  void onADisk(String script, Path log) throws Exception {
    Map<String, String> here = new HashMap<>(environment);
    here.remove("SPARK_HOME");
    here.remove("HADOOP_CONF_DIR");
    try (Shell shell = Shell.start(script, log, here)) {
      assertThat(shell.end()).as(shell.text()).isZero();
    }
  }

  /** Waits for a file on HDFS, which the script is to make. */
  void await(Shell shell, String path) throws Exception {
    org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(path);
    while (!hadoop.files().exists(file)) {
      assertThat(shell.process().isAlive()).as(shell.text()).isTrue();
      Thread.sleep(50);
    }
  }

  /** Ends one of the containers in whose command the text is, without a word. */
  void kill(String text) {
    List<ProcessHandle> containers = hadoop.containers(text);
    assertThat(containers).as(text).isNotEmpty();
    assertThat(containers.get(0).destroyForcibly()).isTrue();
  }

  /** What the containers said on stderr. */
  String containerLogs() throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> logs = Files.walk(folder)) {
      for (Path log : logs.filter(file -> file.endsWith("stderr")).toList()) {
        all.append(Files.readString(log));
      }
    }
    return all.toString();
  }

  @Override
  public void close() {
    hadoop.close();
  }
}
