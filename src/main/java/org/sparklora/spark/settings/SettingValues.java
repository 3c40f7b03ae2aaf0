package org.sparklora.spark.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.network.util.JavaUtils;

/**
 * Finds values of settings that Spark would refuse at its start or later, with a stack trace. Found
 * before, they are errors of this program that say what to do.
 */
final class SettingValues {
  private static final String MASTER = "spark.master";
  private static final int LEAST_MIB = 450;
  private static final int LEAST_PORT = 1024;
  private static final int LAST_PORT = 65535;

  private static final Pattern IN_PROCESS =
      Pattern.compile("local(\\[(\\*|[1-9]\\d{0,3})(\\s*,\\s*[1-9]\\d{0,3})?])?");

  /** The groups are the number of executors, the cores of each and the MiB of each. */
  static final Pattern LOCAL_CLUSTER =
      Pattern.compile(
          "local-cluster\\[\\s*([1-9]\\d{0,3})\\s*,\\s*([1-9]\\d{0,3})\\s*,\\s*([1-9]\\d{0,8})\\s*]");

  private static final Pattern ELSEWHERE =
      Pattern.compile("yarn|spark://[^\\s/:]+:\\d+(,[^\\s/:]+:\\d+)*|k8s://\\S+");

  private static final List<String> COUNTS =
      List.of(
          "spark.task.cpus",
          "spark.executor.cores",
          "spark.cores.max",
          "spark.task.maxFailures",
          "spark.driver.cores");
  private static final List<String> SIZES =
      List.of(
          "spark.executor.memory",
          "spark.driver.memory",
          "spark.executor.memoryOverhead",
          "spark.driver.memoryOverhead");
  private static final List<String> TIMES =
      List.of("spark.network.timeout", "spark.executor.heartbeatInterval", "spark.rpc.askTimeout");
  private static final List<String> PORTS =
      List.of(
          "spark.driver.port",
          "spark.blockManager.port",
          "spark.driver.blockManager.port",
          "spark.ui.port");
  private static final List<String> CLASSES =
      List.of("spark.serializer", "spark.closure.serializer");

  private final UnaryOperator<String> settings;
  private final Map<String, String> environment;
  private final List<String> problems = new ArrayList<>();

  private SettingValues(UnaryOperator<String> settings, Map<String, String> environment) {
    this.settings = settings;
    this.environment = environment;
  }

  /**
   * The problems of the settings.
   *
   * @param settings by key; an unset one is empty
   */
  static List<String> problems(UnaryOperator<String> settings, Map<String, String> environment) {
    SettingValues values = new SettingValues(settings, environment);
    values.checkMaster();
    COUNTS.forEach(values::checkCount);
    SIZES.forEach(values::checkSize);
    TIMES.forEach(values::checkTime);
    PORTS.forEach(values::checkPort);
    CLASSES.forEach(values::checkClass);
    values.checkCores();
    values.checkSecret();
    values.checkLocalFolders();
    values.problems.addAll(StartSettings.problems(settings));
    return values.problems;
  }

  private void checkMaster() {
    String master = value(MASTER);
    if (master.isEmpty() || IN_PROCESS.matcher(master).matches()) {
      return;
    }
    Matcher cluster = LOCAL_CLUSTER.matcher(master);
    if (cluster.matches()) {
      if (Long.parseLong(cluster.group(3)) < LEAST_MIB) {
        invalidMaster(master, "an executor needs at least " + LEAST_MIB + " MiB of memory");
      }
    } else if (!ELSEWHERE.matcher(master).matches()) {
      invalidMaster(
          master,
          "it must be local[N], local-cluster[EXECUTORS,CORES,MIB], spark://HOST:PORT, yarn or"
              + " k8s://URL, with numbers of at least 1");
    }
  }

  private void invalidMaster(String master, String rule) {
    problems.add("Invalid --master: " + master + "; " + rule);
  }

  private void checkCount(String key) {
    if (!value(key).isEmpty() && number(key) < 1) {
      invalid(key, value(key), "it must be a whole number of at least 1");
    }
  }

  private void checkSize(String key) {
    if (value(key).isEmpty()) {
      return;
    }
    try {
      long mib = JavaUtils.byteStringAsMb(value(key));
      if (key.equals("spark.executor.memory") && mib < LEAST_MIB) {
        invalid(key, value(key), "Spark asks for at least " + LEAST_MIB + "m");
      }
    } catch (NumberFormatException | ArithmeticException e) {
      invalid(key, value(key), "it must be a size such as 2g or 512m");
    }
  }

  private void checkTime(String key) {
    if (value(key).isEmpty()) {
      return;
    }
    try {
      if (JavaUtils.timeStringAsSec(value(key)) < 1) {
        invalid(key, value(key), "it must be at least 1s");
      }
    } catch (NumberFormatException e) {
      invalid(key, value(key), "it must be a time such as 120s");
    }
  }

  private void checkPort(String key) {
    if (value(key).isEmpty()) {
      return;
    }
    long port = number(key);
    if (port != 0 && (port < LEAST_PORT || port > LAST_PORT)) {
      invalid(
          key, value(key), "it must be a port from " + LEAST_PORT + " to " + LAST_PORT + ", or 0");
    }
  }

  private void checkClass(String key) {
    if (value(key).isEmpty()) {
      return;
    }
    if (find(value(key)).isEmpty()) {
      invalid(key, value(key), "there is no such class: leave it out");
    }
  }

  /** Finds the class that Spark would load by this name, without running its initializer. */
  static Optional<Class<?>> find(String name) {
    try {
      return Optional.of(
          Class.forName(name, false, Thread.currentThread().getContextClassLoader()));
    } catch (ClassNotFoundException | LinkageError e) {
      return Optional.empty();
    }
  }

  /** Checks that a task fits into an executor. */
  private void checkCores() {
    long task = Math.max(1, number("spark.task.cpus"));
    Matcher cluster = LOCAL_CLUSTER.matcher(value(MASTER));
    long cores =
        cluster.matches() ? Long.parseLong(cluster.group(2)) : number("spark.executor.cores");
    if (cores >= 1 && cores < task) {
      invalid(
          "spark.task.cpus",
          String.valueOf(task),
          "an executor has " + cores + (cores == 1 ? " core" : " cores") + ": give it as many");
    }
  }

  /** Checks that there is a secret. Spark generates one only if it starts the executors itself. */
  private void checkSecret() {
    String master = value(MASTER);
    boolean asks = value("spark.authenticate").equalsIgnoreCase("true");
    boolean madeUp =
        IN_PROCESS.matcher(master).matches()
            || master.equals("yarn")
            || master.startsWith("k8s://")
            || master.isEmpty();
    boolean given =
        !value("spark.authenticate.secret").isEmpty()
            || !value("spark.authenticate.secret.file").isEmpty()
            || !value("spark.authenticate.secret.driver.file").isEmpty()
            || environment.containsKey("_SPARK_AUTH_SECRET");
    if (asks && !madeUp && !given) {
      problems.add(
          "Missing spark.authenticate.secret: spark.authenticate is true, and with --master "
              + master
              + " Spark makes no secret up: set one, the same on all nodes");
    }
  }

  /** Checks Spark's local folders, because Spark's own exit code 53 explains nothing. */
  private void checkLocalFolders() {
    String folders = environment.getOrDefault("SPARK_LOCAL_DIRS", value("spark.local.dir"));
    if (folders.isEmpty() || ELSEWHERE.matcher(value(MASTER)).matches()) {
      return;
    }
    for (String folder : folders.split(",", -1)) {
      if (canBeWritten(folder.strip())) {
        return; // one is enough
      }
    }
    invalid("spark.local.dir", folders, "no folder of it can be written to");
  }

  private static boolean canBeWritten(String folder) {
    try {
      Path place = Path.of(folder).toAbsolutePath();
      while (place != null && !Files.exists(place)) {
        place = place.getParent();
      }
      if (place == null || !Files.isDirectory(place)) {
        return false;
      }
      // A folder's permissions do not tell whether root may write, so the check writes.
      Files.delete(Files.createTempDirectory(place, "spark-lora-probe-"));
      return true;
    } catch (InvalidPathException | IOException e) {
      return false;
    }
  }

  private void invalid(String key, String value, String rule) {
    problems.add("Invalid " + key + ": " + value + "; " + rule);
  }

  private String value(String key) {
    return settings.apply(key).strip();
  }

  /** Returns a setting as a number; 0 if it is unset, -1 if it is not a whole number. */
  private long number(String key) {
    String text = value(key).toLowerCase(Locale.ROOT);
    if (text.isEmpty()) {
      return 0;
    }
    return text.matches("\\d{1,9}") ? Long.parseLong(text) : -1;
  }
}
