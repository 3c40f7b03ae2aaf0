package org.sparklora.hadoop;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/**
 * Hadoop's own HDFS and YARN, of two nodes, in a process of its own: what that needs is never on a
 * class path of ours. Containers are processes below it. See {@code src/test/hadoop}.
 *
 * <pre>{@code
 * try (HadoopCluster hadoop = HadoopCluster.start(folder, Services.HDFS)) {
 *   train("--output_dir=" + hadoop.uri("/out"));
 *   hadoop.tell("namenode stop");
 * }
 * }</pre>
 */
public final class HadoopCluster implements AutoCloseable {
  private static final Path MAIN = Path.of("src", "test", "hadoop", "MiniHadoop.java");
  private static final Path OWN_JARS = Path.of("target", "minicluster");
  private static final List<String> SPARKS_JARS =
      List.of("hadoop-client-", "slf4j-api-", "jcl-over-slf4j-", "log4j-");

  private final Path folder;
  private final Process process;
  private final BufferedWriter input;
  private final BufferedReader output;

  /** Which servers there are. */
  public enum Services {
    HDFS,
    /** YARN, with its files on HDFS. */
    YARN
  }

  private HadoopCluster(Path folder, Process process) {
    this.folder = folder;
    this.process = process;
    this.input = process.outputWriter();
    this.output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /**
   * Starts it and waits until it can be used.
   *
   * @param folder for its files and logs
   */
  public static HadoopCluster start(Path folder, Services services) throws IOException {
    Files.createDirectories(folder);
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            // Its servlets make classes, as Java 8 allowed.
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dlog4j2.configurationFile=" + Path.of("conf", "log4j2.properties").toAbsolutePath(),
            "-Dtest.build.data=" + folder.toAbsolutePath(),
            "-cp",
            classPath(),
            MAIN.toString(),
            folder.toString(),
            services.name().toLowerCase(Locale.ROOT));
    builder.redirectError(folder.resolve("servers.log").toFile());
    HadoopCluster cluster = new HadoopCluster(folder, builder.start());
    cluster.await("ready");
    return cluster;
  }

  private static String classPath() {
    Stream<File> own = Arrays.stream(jars(OWN_JARS));
    Stream<File> sparks =
        Arrays.stream(jars(Path.of(System.getenv("SPARK_HOME"), "jars")))
            .filter(jar -> SPARKS_JARS.stream().anyMatch(jar.getName()::startsWith));
    return String.join(File.pathSeparator, Stream.concat(own, sparks).map(File::getPath).toList());
  }

  private static File[] jars(Path folder) {
    File[] jars = folder.toFile().listFiles((in, name) -> name.endsWith(".jar"));
    if (jars == null || jars.length == 0) {
      throw new IllegalStateException(
          "No jars in "
              + folder.toAbsolutePath()
              + "; mvn generate-test-resources puts them there");
    }
    return jars;
  }

  private void await(String answer) throws IOException {
    String line = output.readLine();
    while (line != null && !line.equals(answer)) {
      line = output.readLine();
    }
    if (line == null) {
      throw new IOException("Hadoop ended, see " + folder.resolve("servers.log"));
    }
  }

  /** Does one of the things that MiniHadoop lists, and returns when it is done. */
  public void tell(String command) throws IOException {
    input.write(command + "\n");
    input.flush();
    await("done");
  }

  /** The folder that clients know as HADOOP_CONF_DIR. */
  public Path conf() {
    return folder.resolve("conf").toAbsolutePath();
  }

  /** What a client's settings are. */
  public Configuration hadoop() {
    Configuration hadoop = new Configuration();
    for (File file : conf().toFile().listFiles((in, name) -> name.endsWith("-site.xml"))) {
      hadoop.addResource(new org.apache.hadoop.fs.Path(file.toURI()));
    }
    // A connection from before the NameNode was restarted ends with the first call.
    hadoop.setBoolean("dfs.client.retry.policy.enabled", true);
    hadoop.set("dfs.client.retry.policy.spec", "500,20");
    return hadoop;
  }

  /** {@code hdfs://HOST:PORT/path}. */
  public String uri(String path) {
    return hadoop().get(FileSystem.FS_DEFAULT_NAME_KEY) + path;
  }

  public FileSystem files() throws IOException {
    return FileSystem.get(hadoop());
  }

  public byte[] read(String path) throws IOException {
    try (var in = files().open(new org.apache.hadoop.fs.Path(path))) {
      return in.readAllBytes();
    }
  }

  /** Puts a folder of this machine there. */
  public void put(Path folder, String path) throws IOException {
    files()
        .copyFromLocalFile(
            new org.apache.hadoop.fs.Path(folder.toUri()), new org.apache.hadoop.fs.Path(path));
  }

  /** The containers' Java processes in whose command such a text is. */
  public List<ProcessHandle> containers(String text) {
    return process
        .descendants()
        .filter(child -> child.info().command().orElse("").endsWith("/java"))
        .filter(child -> child.info().commandLine().orElse("").contains(text))
        .toList();
  }

  /** Ends the servers and the containers. */
  @Override
  public void close() {
    List<ProcessHandle> containers = process.descendants().toList();
    try {
      input.close(); // its sign to end
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    containers.forEach(ProcessHandle::destroyForcibly);
  }
}
