package org.sparklora.spark.settings;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.spark.network.util.JavaUtils;
import org.apache.spark.serializer.Serializer;

/**
 * Checks the settings that Spark's context reads while it starts: switches, classes, folders, and
 * values that depend on each other. Spark itself would fail with a stack trace.
 */
final class StartSettings {
  private static final int MOST_RPC_MIB = 2047;

  private static final List<String> SWITCHES =
      List.of(
          "spark.authenticate",
          "spark.network.crypto.enabled",
          "spark.ssl.rpc.enabled",
          "spark.speculation",
          "spark.dynamicAllocation.enabled",
          "spark.shuffle.service.enabled",
          "spark.eventLog.enabled",
          "spark.eventLog.compress",
          "spark.ui.enabled",
          "spark.decommission.enabled",
          "spark.excludeOnFailure.enabled",
          "spark.task.reaper.enabled");
  private static final List<String> CLASSES =
      List.of("spark.plugins", "spark.extraListeners", "spark.kryo.registrator");
  private static final Set<String> CODECS = Set.of("lz4", "lzf", "snappy", "zstd");
  private static final Set<String> MODES = Set.of("FIFO", "FAIR");

  private final UnaryOperator<String> settings;
  private final List<String> problems = new ArrayList<>();

  private StartSettings(UnaryOperator<String> settings) {
    this.settings = settings;
  }

  /**
   * Finds the problems of the settings.
   *
   * @param settings by key; an unset one is empty
   */
  static List<String> problems(UnaryOperator<String> settings) {
    StartSettings values = new StartSettings(settings);
    values.checkSwitches();
    values.checkClasses();
    values.checkChoices();
    values.checkNumbers();
    values.checkHeartbeat();
    values.checkJavaOptions();
    values.checkPlaces();
    return values.problems;
  }

  private void checkSwitches() {
    for (String key : SWITCHES) {
      String value = value(key).toLowerCase(Locale.ROOT);
      if (!value.isEmpty() && !value.equals("true") && !value.equals("false")) {
        invalid(key, "it must be true or false");
      }
    }
  }

  private void checkClasses() {
    for (String key : CLASSES) {
      for (String name : parts(key)) {
        if (SettingValues.find(name).isEmpty()) {
          invalid(key, "there is no class " + name + ": give its jar to spark-submit by --jars");
        }
      }
    }
    SettingValues.find(value("spark.serializer"))
        .filter(found -> !Serializer.class.isAssignableFrom(found))
        .ifPresent(found -> invalid("spark.serializer", "it is no serializer: leave it out"));
  }

  private void checkChoices() {
    String mode = value("spark.scheduler.mode").toUpperCase(Locale.ROOT);
    if (!mode.isEmpty() && !MODES.contains(mode)) {
      invalid("spark.scheduler.mode", "it must be FIFO or FAIR");
    }
    String codec = value("spark.io.compression.codec");
    if (!codec.isEmpty()
        && !CODECS.contains(codec.toLowerCase(Locale.ROOT))
        && SettingValues.find(codec).isEmpty()) {
      invalid("spark.io.compression.codec", "it must be lz4, lzf, snappy or zstd");
    }
  }

  private void checkNumbers() {
    checkNumber("spark.executor.instances", 0, Integer.MAX_VALUE);
    checkNumber("spark.default.parallelism", 1, Integer.MAX_VALUE);
    checkNumber("spark.port.maxRetries", 0, Integer.MAX_VALUE);
    checkNumber("spark.rpc.message.maxSize", 1, MOST_RPC_MIB);
    checkNumber("spark.dynamicAllocation.minExecutors", 0, Integer.MAX_VALUE);
    checkNumber("spark.dynamicAllocation.maxExecutors", 1, Integer.MAX_VALUE);
    checkFraction("spark.memory.fraction", 1);
    checkFraction("spark.memory.storageFraction", 1);
    checkFraction("spark.task.resource.gpu.amount", Integer.MAX_VALUE);
    String least = value("spark.dynamicAllocation.minExecutors");
    String most = value("spark.dynamicAllocation.maxExecutors");
    if (least.matches("\\d{1,9}")
        && most.matches("\\d{1,9}")
        && Integer.parseInt(least) > Integer.parseInt(most)) {
      invalid(
          "spark.dynamicAllocation.minExecutors",
          "it must be at most spark.dynamicAllocation.maxExecutors, " + most);
    }
  }

  private void checkNumber(String key, int least, int most) {
    String value = value(key);
    boolean is = value.matches("\\d{1,9}");
    if (!value.isEmpty()
        && (!is || Long.parseLong(value) < least || Long.parseLong(value) > most)) {
      invalid(
          key,
          "it must be a whole number of at least "
              + least
              + (most < Integer.MAX_VALUE ? " and at most " + most : ""));
    }
  }

  private void checkFraction(String key, int most) {
    String value = value(key);
    if (value.isEmpty()) {
      return;
    }
    boolean is = value.matches("\\d{1,9}(\\.\\d{1,9})?");
    if (!is || Double.parseDouble(value) > most) {
      invalid(key, "it must be a number from 0" + (most == 1 ? " to 1" : ""));
    }
  }

  /**
   * Checks that executors send heartbeats more often than the network timeout. Otherwise Spark
   * would take busy executors for lost.
   */
  private void checkHeartbeat() {
    String heartbeat = value("spark.executor.heartbeatInterval");
    String timeout = value("spark.network.timeout");
    try {
      long beat = JavaUtils.timeStringAsSec(heartbeat.isEmpty() ? "10s" : heartbeat);
      long most = JavaUtils.timeStringAsSec(timeout.isEmpty() ? "120s" : timeout);
      if (beat >= 1 && most >= 1 && beat >= most) {
        problems.add(
            "Invalid spark.executor.heartbeatInterval: "
                + beat
                + "s; it must be below spark.network.timeout, "
                + most
                + "s");
      }
    } catch (NumberFormatException e) {
      // SettingValues reports this.
      return;
    }
  }

  private void checkJavaOptions() {
    String options = value("spark.executor.extraJavaOptions");
    if (options.matches("(?s).*(^|\\s)-Xm[xs].*")) {
      invalid(
          "spark.executor.extraJavaOptions",
          "the heap is set by spark.executor.memory, and Spark refuses -Xmx and -Xms");
    }
    if (options.matches("(?s).*(^|\\s)-Dspark\\..*")) {
      invalid(
          "spark.executor.extraJavaOptions",
          "Spark's own settings do not go there: give them by --conf");
    }
  }

  private void checkPlaces() {
    if (value("spark.eventLog.enabled").equalsIgnoreCase("true")) {
      String folder = value("spark.eventLog.dir");
      String shown = folder.isEmpty() ? "file:///tmp/spark-events" : folder;
      if (isMissing(shown, false)) {
        problems.add(
            "Invalid spark.eventLog.dir: " + shown + "; there is no such folder: make it first");
      }
    }
    for (String key : List.of("spark.files", "spark.archives")) {
      for (String file : parts(key)) {
        if (isMissing(file, true)) {
          invalid(key, "there is no " + file);
        }
      }
    }
  }

  /**
   * Whether a file or folder on this machine is missing. Other locations are left for Spark to
   * check.
   */
  private static boolean isMissing(String location, boolean fileDoes) {
    String local = location.replaceFirst("#.*", "").replaceFirst("^file:/*(?=/)", "");
    if (!local.startsWith("/") || local.matches(".*[*?{\\[].*")) {
      return false;
    }
    try {
      Path place = Path.of(local);
      return fileDoes ? !Files.exists(place) : !Files.isDirectory(place);
    } catch (InvalidPathException e) {
      return true;
    }
  }

  private List<String> parts(String key) {
    return Stream.of(value(key).split(",", -1))
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .toList();
  }

  private void invalid(String key, String rule) {
    problems.add("Invalid " + key + ": " + value(key) + "; " + rule);
  }

  private String value(String key) {
    return settings.apply(key).strip();
  }
}
