package org.sparklora.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A cluster that {@code jobs/standalone-cluster} has started: a master and workers, each a process.
 *
 * @param folder with its logs and process ids
 * @param environment of scripts that use it
 */
record StandaloneCluster(Path folder, Map<String, String> environment) implements AutoCloseable {

  /**
   * Starts one, in place of one that a killed run has left.
   *
   * @param settings of the script, such as WORKERS, and what else is in the environment of the
   *     nodes
   */
  static StandaloneCluster start(Path folder, int port, Map<String, String> settings)
      throws IOException, InterruptedException {
    Map<String, String> environment = new HashMap<>();
    environment.put("CLUSTER_DIR", folder.toAbsolutePath().toString());
    environment.put("PORT", String.valueOf(port));
    environment.put("UI_PORT", "0");
    environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    environment.put("OMP_WAIT_POLICY", "passive");
    environment.put("MASTER", "spark://127.0.0.1:" + port);
    environment.put("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    environment.putAll(settings);
    StandaloneCluster cluster = new StandaloneCluster(folder, environment);
    cluster.close();
    Shell.delete(folder);
    Scripts.Result started = Scripts.run(environment, "jobs/standalone-cluster", "start");
    if (started.code() != 0) {
      throw new IllegalStateException("No cluster: " + started.text());
    }
    return cluster;
  }

  /** Runs a script with this cluster as MASTER. */
  Shell shell(String script, Path log) throws IOException {
    return Shell.start(script, log, environment);
  }

  /** The process of a node: {@code worker-1} and so on. */
  long pid(String node) throws IOException {
    return Long.parseLong(Files.readString(folder.resolve(node + ".pid")).strip());
  }

  @Override
  public void close() throws IOException {
    try {
      if (Files.exists(folder)) {
        Scripts.run(environment, "jobs/standalone-cluster", "stop");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
