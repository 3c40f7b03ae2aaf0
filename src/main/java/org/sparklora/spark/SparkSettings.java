package org.sparklora.spark;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.spark.SparkConf;
import org.sparklora.InvalidInputException;
import org.sparklora.tensor.Precision;

/**
 * Spark's settings for a run: those of spark-submit, or an embedded cluster's. What cannot work is
 * refused.
 */
public final class SparkSettings {
  /** Two executors of one core, each a process of its own. */
  static final String DEFAULT_MASTER = "local-cluster[2,1,2048]";

  private static final String MASTER = "spark.master";
  private static final Map<String, String> LOCAL_DEFAULTS =
      Map.of(
          "spark.driver.host", "127.0.0.1",
          "spark.driver.bindAddress", "127.0.0.1",
          "spark.ui.enabled", "false",
          "spark.ui.showConsoleProgress", "false");

  private SparkSettings() {}

  /**
   * The settings to open a session with.
   *
   * @param master {@code --master}; what spark-submit was given wins
   * @throws InvalidInputException (CONFIGURATION) for settings that cannot work; (RESOURCES) when
   *     an embedded cluster has no Spark to start executors from
   */
  public static SparkConf of(Optional<String> master) {
    return checked(master, false);
  }

  /**
   * The settings for training, whose workers must stay: what would break the promise of the same
   * bytes is refused, too.
   */
  static SparkConf forTraining(Optional<String> master) {
    return checked(master, true);
  }

  private static SparkConf checked(Optional<String> master, boolean training) {
    SparkConf conf = new SparkConf();
    conf.setIfMissing(MASTER, master.orElse(DEFAULT_MASTER));
    conf.setIfMissing("spark.app.name", "spark-lora");
    if (conf.get(MASTER).startsWith("local")) {
      LOCAL_DEFAULTS.forEach(conf::setIfMissing);
    }
    if (conf.get(MASTER).startsWith("local-cluster")) {
      requireSparkHome(System.getenv("SPARK_HOME"));
      conf.setIfMissing("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    }
    List<String> problems = problems(key -> conf.get(key, ""), training);
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.CONFIGURATION, problems);
    }
    return conf;
  }

  /** What cannot work in these settings; an unset one is empty. */
  static List<String> problems(UnaryOperator<String> settings, boolean training) {
    List<String> problems = new ArrayList<>();
    if (!settings.apply("spark.remote").isEmpty()) {
      problems.add(
          "Unsupported spark.remote: "
              + settings.apply("spark.remote")
              + "; Spark Connect has no driver in this process: submit to the cluster");
    }
    if (training && settings.apply("spark.speculation").equals("true")) {
      problems.add(
          "Unsupported spark.speculation: true; a copy of a worker would supersede the worker it"
              + " copies, again and again. Leave it off: all workers wait for the slowest anyway");
    }
    if (training && settings.apply("spark.dynamicAllocation.enabled").equals("true")) {
      problems.add(
          "Unsupported spark.dynamicAllocation.enabled: true; workers hold their executors for the"
              + " whole run, so ask for them with spark.executor.instances");
    }
    return problems;
  }

  /**
   * Refuses what the executors' devices cannot compute in.
   *
   * @throws InvalidInputException (CONFIGURATION) for fp16 where the executors are given no GPUs
   */
  public static void requireSupport(Precision precision, SparkConf conf) {
    if (precision == Precision.FP16
        && conf.get("spark.task.resource.gpu.amount", "0").equals("0")) {
      throw InvalidInputException.configuration(
          "Unsupported --mixed_precision: fp16 without GPUs (spark.task.resource.gpu.amount is not"
              + " set): libtorch has no fp16 convolutions for CPUs; use bf16 or no");
    }
  }

  private static void requireSparkHome(String home) {
    if (home == null || !new File(home, "jars").isDirectory()) {
      throw InvalidInputException.resources(
          "Missing Spark: SPARK_HOME is "
              + home
              + " and has no jars folder, so executors cannot be started; set it to a Spark"
              + " distribution, or run the jar from where the build has put spark/jars beside it");
    }
  }
}
