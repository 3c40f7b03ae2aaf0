package org.sparklora.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.StarterProcess;

/**
 * Handles {@code java -jar}. Spark is not in the application jar, so a second JVM is started with
 * the Spark beside the jar, or with the one that SPARK_HOME names.
 *
 * @param jar the application jar
 * @param sparkHome a folder with jars/
 */
record EmbeddedLaunch(Path jar, Path sparkHome) {
  private static final String DEFAULT_HEAP = "1g";

  /** Commands that take long and therefore print at once that they have begun. */
  private static final List<String> LONG_RUNS =
      List.of("train", "dreambooth", "textual-inversion", "pivotal-tuning", "tune", "prepare");

  /**
   * The Scala version, which Spark's launcher of executors reads from the environment. The scripts
   * of a Spark distribution set it.
   */
  private static final String SCALA_VERSION = "2.13";

  /** Whether this process has no Spark. */
  static boolean isNeeded() {
    try {
      Class.forName("org.apache.spark.SparkContext", false, Main.class.getClassLoader());
      return false;
    } catch (ClassNotFoundException e) {
      return true;
    }
  }

  /**
   * Finds Spark.
   *
   * @throws InvalidInputException (RESOURCES) when there is none
   */
  static EmbeddedLaunch besideThisJar() {
    try {
      Path jar = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return find(jar, System.getenv());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("The jar has a location that is no path", e);
    }
  }

  /** Whether Spark is beside the jar or in SPARK_HOME. */
  static boolean isPossible() {
    try {
      besideThisJar();
      return true;
    } catch (InvalidInputException e) {
      return false;
    }
  }

  static EmbeddedLaunch find(Path jar, Map<String, String> environment) {
    List<Path> places = new ArrayList<>();
    places.add(jar.resolveSibling("spark"));
    if (environment.containsKey("SPARK_HOME")) {
      places.add(Path.of(environment.get("SPARK_HOME")));
    }
    for (Path place : places) {
      if (Files.isDirectory(place.resolve("jars"))) {
        return new EmbeddedLaunch(jar.toAbsolutePath(), place.toAbsolutePath());
      }
    }
    throw InvalidInputException.resources(
        "Missing Spark: no jars folder in "
            + String.join(" or ", places.stream().map(Path::toString).toList())
            + "; run the jar with spark-submit, or build with mvn package, which puts Spark there");
  }

  /** The second JVM's command. */
  List<String> command(Map<String, String> environment, String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + environment.getOrDefault("SPARK_DRIVER_MEMORY", DEFAULT_HEAP));
    command.add("-Djava.awt.headless=true");
    command.add(StarterProcess.argument());
    command.addAll(sparkArguments());
    for (String key : new TreeSet<>(System.getProperties().stringPropertyNames())) {
      if (key.startsWith("spark.")) {
        command.add("-D" + key + "=" + System.getProperty(key));
      }
    }
    Path logging = jar.resolveSibling("../conf/log4j2.properties").normalize();
    if (Files.isRegularFile(logging) && !environment.containsKey("LOG4J_CONFIGURATION_FILE")) {
      command.add("-Dlog4j2.configurationFile=" + logging);
    }
    command.add("-cp");
    command.add(jar + ":" + sparkHome.resolve("jars").resolve("*"));
    command.add(Main.class.getName());
    command.addAll(List.of(args));
    return command;
  }

  /** Arguments that open the internals of Java 17 that Spark needs. */
  static List<String> sparkArguments() {
    try (InputStream in = EmbeddedLaunch.class.getResourceAsStream("spark-java.args")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().filter(line -> line.startsWith("--")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read spark-java.args of the application jar", e);
    }
  }

  /** Runs the command. If this process ends, the command ends, too. */
  int run(String... args) {
    if (args.length > 0 && LONG_RUNS.contains(args[0])) {
      System.err.printf(
          Locale.ROOT,
          "%tT INFO  spark-lora: Starting Java with Spark%n",
          LocalTime.now(ZoneId.systemDefault()));
    }
    ProcessBuilder builder = new ProcessBuilder(command(System.getenv(), args)).inheritIO();
    ProcessEncoding.widen(builder.environment());
    builder.environment().put("SPARK_HOME", sparkHome.toString());
    builder.environment().put("SPARK_SCALA_VERSION", SCALA_VERSION);
    builder.environment().putIfAbsent("SPARK_LOCAL_IP", "127.0.0.1");
    try {
      ScratchFolder scratch = ScratchFolder.create();
      builder.command().addAll(1, scratch.arguments());
      Process child = builder.start();
      Thread destroy =
          new Thread(
              () -> {
                destroy(child);
                scratch.delete();
              },
              "end-with-parent");
      Runtime.getRuntime().addShutdownHook(destroy);
      return SparkExit.explain(child.waitFor(), System.err);
    } catch (IOException e) {
      throw InvalidInputException.resources("Cannot start Java: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.FAILED.code();
    }
  }

  /** Makes a second JVM end with the first, even if the first is killed. */
  static void endWithStarter() {
    if (StarterProcess.isKnown()) {
      whenGone(StarterProcess.handle(), () -> Runtime.getRuntime().exit(ExitCode.FAILED.code()));
    }
  }

  static void whenGone(Optional<ProcessHandle> process, Runnable then) {
    CompletableFuture<ProcessHandle> gone =
        process.map(ProcessHandle::onExit).orElseGet(() -> CompletableFuture.completedFuture(null));
    var unused = gone.thenRunAsync(then);
  }

  private static void destroy(Process child) {
    child.destroy();
    try {
      child.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
