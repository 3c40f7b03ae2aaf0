package org.sparklora.spark.settings;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.hub.HubSettings;
import org.sparklora.tensor.Precision;
import org.sparklora.train.BatchConfig;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.Redaction;
import org.sparklora.util.StarterProcess;

/**
 * Spark's settings for a run: those of spark-submit, or those of an embedded cluster. Settings that
 * cannot work are refused.
 */
public final class SparkSettings {
  /** Two executors of one core, each a process of its own. */
  static final String DEFAULT_MASTER = "local-cluster[2,1,2048]";

  private static final String MASTER = "spark.master";
  private static final String NAME = "spark.app.name";
  private static final String PROGRAM = "spark-lora";
  private static final String TASK_CPUS = "spark.task.cpus";
  private static final String PLUGINS = "spark.plugins";
  private static final String GPUS = "spark.task.resource.gpu.amount";
  private static final Logger LOG = LoggerFactory.getLogger(SparkSettings.class);

  /** In other languages Hadoop's S3A asks for bytes in digits that no store understands. */
  private static final String PLAIN_DIGITS = "-Duser.language=en";

  /** {@code local[N]} and {@code local-cluster[EXECUTORS,CORES,MEMORY]}. */
  private static final Pattern LOCAL =
      Pattern.compile(
          "local(?:-cluster\\[\\s*(?<executors>\\d+)\\s*,|\\[)\\s*(?<cores>\\d+|\\*)\\s*[,\\]].*");

  /** {@code local}, {@code local[N]} and {@code local[N,ATTEMPTS]}. */
  private static final Pattern IN_PROCESS =
      Pattern.compile("local(?:\\[[^,\\]]*(?:,\\s*(?<attempts>\\d+)\\s*)?])?");

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
   * @param master {@code --master}; the master given to spark-submit takes precedence
   * @throws InvalidInputException (CONFIGURATION) for settings that cannot work; (RESOURCES) when
   *     an embedded cluster has no Spark to start executors from
   */
  public static SparkConf of(Optional<String> master) {
    return checked(master, false);
  }

  /**
   * Returns the settings for training, whose executors must not be removed while idle. Settings
   * under which a run would not give the same bytes are refused, too.
   */
  public static SparkConf forTraining(Optional<String> master) {
    return checked(master, true);
  }

  /** As {@link #forTraining(Optional)}, for workers of these threads and this precision. */
  public static SparkConf forTraining(Optional<String> master, BatchConfig batch) {
    SparkConf conf = forTraining(master);
    ThreadLimit.require("--threads_per_worker", batch.threadsPerWorker(), conf);
    fitThreads(conf, batch.threadsPerWorker());
    requireSupport(batch.precision(), conf);
    return conf;
  }

  /**
   * Gives the hub's address and cache to the file systems of driver and executors.
   *
   * @param cacheDir {@code --cache_dir}; empty for each machine's own
   */
  public static void shareHub(SparkConf conf, Optional<String> cacheDir) {
    HubSettings.shared(System.getenv(), cacheDir)
        .forEach((key, value) -> conf.setIfMissing("spark.hadoop." + key, value));
  }

  /** The same for the file systems of a Spark that is running already. */
  public static void shareHub(Configuration hadoop, Optional<String> cacheDir) {
    HubSettings.shared(System.getenv(), Optional.empty()).forEach(hadoop::setIfUnset);
    if (cacheDir.isPresent()) {
      hadoop.set(
          HubSettings.CACHE_DIR,
          HubSettings.shared(System.getenv(), cacheDir).get(HubSettings.CACHE_DIR));
    }
  }

  /**
   * Requires that a Spark that is running already can train.
   *
   * @throws InvalidInputException (CONFIGURATION) naming the settings that cannot work
   */
  public static void requireForTraining(SparkConf conf, BatchConfig batch) {
    List<String> problems = problems(key -> conf.get(key, ""), true);
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.CONFIGURATION, problems);
    }
    ThreadLimit.require("--threads_per_worker", batch.threadsPerWorker(), conf);
    sayShortOfCores(conf, batch.threadsPerWorker());
    requireSupport(batch.precision(), conf);
  }

  /**
   * Names the application after its output folder, unless its name is set. spark-submit would name
   * every run after the jar.
   */
  public static void nameAfter(String outputDir, SparkConf conf) {
    String name = conf.get(NAME, "");
    boolean isTheJars = name.endsWith(".jar") && name.startsWith(PROGRAM);
    String folder = new Path(outputDir).getName();
    if ((name.equals(PROGRAM) || isTheJars) && !folder.isEmpty()) {
      conf.set(NAME, folder);
    }
  }

  private static SparkConf checked(Optional<String> master, boolean training) {
    SparkConf conf = new SparkConf();
    conf.setIfMissing(MASTER, master.orElse(DEFAULT_MASTER));
    conf.setIfMissing(NAME, PROGRAM);
    // Spark's own list does not include the keys of Azure and of encryption, so they would be in
    // event logs.
    conf.setIfMissing("spark.redaction.regex", Redaction.SETTINGS);
    conf.setIfMissing("spark.executor.defaultJavaOptions", PLAIN_DIGITS);
    if (conf.get(MASTER).startsWith("local")) {
      LOCAL_DEFAULTS.forEach(conf::setIfMissing);
    }
    List<String> invalid = SettingValues.problems(key -> conf.get(key, ""), System.getenv());
    if (!invalid.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.CONFIGURATION, invalid);
    }
    if (conf.get(MASTER).startsWith("local-cluster")) {
      requireSparkHome(System.getenv("SPARK_HOME"));
      conf.setIfMissing("spark.executor.extraClassPath", System.getProperty("java.class.path"));
      fitMemory(conf);
      surviveTerminal(conf);
      if (StarterProcess.isKnown()) {
        conf.setIfMissing("spark.executor.extraJavaOptions", temporaryFolder());
      }
    }
    List<String> problems = problems(key -> conf.get(key, ""), training);
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.CONFIGURATION, problems);
    }
    return conf;
  }

  /**
   * Makes executors on this machine ignore Ctrl-C, which is meant for the driver: they have the
   * same terminal.
   */
  private static void surviveTerminal(SparkConf conf) {
    String plugin = TerminalPlugin.class.getName();
    String others = conf.get(PLUGINS, "");
    if (!others.contains(plugin)) {
      conf.set(PLUGINS, others.isEmpty() ? plugin : others + "," + plugin);
    }
  }

  /** The folder of this process's temporary files, which executors use, too. */
  private static String temporaryFolder() {
    return StarterProcess.temporaryFolder(System.getProperty("java.io.tmpdir")).stream()
        .map(argument -> '"' + argument + '"')
        .collect(Collectors.joining(" "));
  }

  /**
   * Sets the memory of an executor of local-cluster. Otherwise it would have a heap of 1 GiB,
   * whatever the memory of its Spark worker is.
   */
  static void fitMemory(SparkConf conf) {
    Matcher cluster = SettingValues.LOCAL_CLUSTER.matcher(conf.get(MASTER));
    if (cluster.matches()) {
      conf.setIfMissing("spark.executor.memory", cluster.group(3) + "m");
    }
  }

  /**
   * Makes Spark give a worker as many cores as it has threads, unless another number is set or the
   * executors have fewer.
   */
  static void fitThreads(SparkConf conf, int threads) {
    if (hasGpus(conf) || threads == 1) {
      return;
    }
    if (!conf.contains(TASK_CPUS) && executorCores(conf).orElse(0) >= threads) {
      conf.set(TASK_CPUS, String.valueOf(threads));
    }
    sayShortOfCores(conf, threads);
  }

  private static void sayShortOfCores(SparkConf conf, int threads) {
    int cores = conf.getInt(TASK_CPUS, 1);
    if (cores < threads && !hasGpus(conf)) {
      LOG.warn(
          "Workers compute with {} threads (--threads_per_worker) on {} cores ({}): they will wait"
              + " for each other",
          threads,
          cores,
          TASK_CPUS);
    }
  }

  private static OptionalInt executorCores(SparkConf conf) {
    Matcher local = LOCAL.matcher(conf.get(MASTER));
    if (local.matches()) {
      String cores = local.group("cores");
      return OptionalInt.of(
          cores.equals("*") ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(cores));
    }
    return conf.contains("spark.executor.cores")
        ? OptionalInt.of(conf.getInt("spark.executor.cores", 1))
        : OptionalInt.empty();
  }

  /**
   * The number of slots that a cluster will have once all its executors are there, if it is known.
   */
  public static OptionalInt expectedSlots(SparkConf conf) {
    OptionalInt cores = executorCores(conf);
    Matcher local = LOCAL.matcher(conf.get(MASTER));
    int executors =
        local.matches() && local.group("executors") != null
            ? Integer.parseInt(local.group("executors"))
            : conf.getInt("spark.executor.instances", 0);
    return cores.isPresent() && executors > 0
        ? OptionalInt.of(executors * (cores.getAsInt() / conf.getInt(TASK_CPUS, 1)))
        : OptionalInt.empty();
  }

  /** Number of tasks that a master of this machine runs at once. */
  static OptionalInt localSlots(SparkConf conf) {
    Matcher local = LOCAL.matcher(conf.get(MASTER));
    OptionalInt cores = executorCores(conf);
    if (!local.matches() || cores.isEmpty()) {
      return OptionalInt.empty();
    }
    String executors = local.group("executors");
    int each = cores.getAsInt() / Math.max(1, conf.getInt(TASK_CPUS, 1));
    return OptionalInt.of(executors == null ? each : Integer.parseInt(executors) * each);
  }

  /** Whether this process runs the tasks itself. */
  static boolean isInProcess(SparkConf conf) {
    return IN_PROCESS.matcher(conf.get(MASTER, "")).matches();
  }

  /**
   * Returns the number of tasks that a process runs at once; 1 if the settings do not determine it.
   */
  static int slotsOfAProcess(SparkConf conf) {
    return Math.max(1, executorCores(conf).orElse(1) / Math.max(1, conf.getInt(TASK_CPUS, 1)));
  }

  /** The number of attempts that Spark gives a task. */
  public static int taskAttempts(SparkConf conf) {
    Matcher inProcess = IN_PROCESS.matcher(conf.get(MASTER));
    if (inProcess.matches()) {
      return inProcess.group("attempts") == null
          ? 1
          : Integer.parseInt(inProcess.group("attempts"));
    }
    return conf.getInt("spark.task.maxFailures", 4);
  }

  /** The problems of these settings; an unset one is empty. */
  static List<String> problems(UnaryOperator<String> settings, boolean training) {
    List<String> problems = new ArrayList<>();
    if (training && isOn(settings, "spark.speculation")) {
      problems.add(
          "Unsupported spark.speculation: true; a copy of a worker would supersede the worker it"
              + " copies, again and again. Leave it off: all workers wait for the slowest anyway");
    }
    if (training
        && isOn(settings, "spark.dynamicAllocation.enabled")
        && number(settings, "spark.dynamicAllocation.minExecutors") < 1) {
      problems.add(
          "Invalid spark.dynamicAllocation.minExecutors: "
              + settings.apply("spark.dynamicAllocation.minExecutors")
              + "; workers leave no task waiting, so dynamic allocation would never ask for"
              + " executors while they train: set it to the number of executors to train on, or"
              + " switch spark.dynamicAllocation.enabled off and set spark.executor.instances");
    }
    if (!settings.apply("spark.remote").isEmpty()) {
      problems.add(connect("spark.remote", settings.apply("spark.remote")));
    }
    if (settings.apply("spark.api.mode").equalsIgnoreCase("connect")) {
      problems.add(connect("spark.api.mode", "connect"));
    }
    if (number(settings, GPUS) > 1) {
      problems.add(
          "Invalid "
              + GPUS
              + ": "
              + settings.apply(GPUS)
              + "; a worker computes on one GPU, so set it to 1 and run more workers");
    }
    String master = settings.apply(MASTER);
    if (number(settings, GPUS) > 0 && IN_PROCESS.matcher(master).matches()) {
      problems.add(
          "Invalid "
              + GPUS
              + ": "
              + settings.apply(GPUS)
              + " with "
              + master
              + "; a local master hands out no GPUs: take the setting out, or choose"
              + " local-cluster[1,1,4096] and set spark.worker.resource.gpu.amount and"
              + " spark.worker.resource.gpu.discoveryScript");
    }
    if (isOn(settings, "spark.network.crypto.enabled") && !isOn(settings, "spark.authenticate")) {
      problems.add(
          "Invalid spark.network.crypto.enabled: true without spark.authenticate; Spark encrypts"
              + " only connections that it authenticates: set spark.authenticate to true, too");
    }
    return problems;
  }

  /**
   * Refuses a precision that the executors' devices cannot compute in.
   *
   * @throws InvalidInputException (CONFIGURATION) for fp16 if the executors get no GPUs
   */
  public static void requireSupport(Precision precision, SparkConf conf) {
    if (precision == Precision.FP16 && !hasGpus(conf)) {
      throw InvalidInputException.configuration(
          "Unsupported --mixed_precision: fp16 without GPUs (spark.task.resource.gpu.amount is not"
              + " set): CPUs only emulate it, slower than fp32; use bf16 or no, or ask for it with"
              + " --emulate_fp16");
    }
  }

  private static String connect(String setting, String value) {
    return "Unsupported "
        + setting
        + ": "
        + value
        + "; Spark Connect has no driver in this process to reduce on: submit to the cluster";
  }

  private static boolean isOn(UnaryOperator<String> settings, String key) {
    return settings.apply(key).strip().equalsIgnoreCase("true");
  }

  private static double number(UnaryOperator<String> settings, String key) {
    try {
      return Double.parseDouble(settings.apply(key));
    } catch (NumberFormatException e) {
      // The setting is unset, or Spark itself will refuse it.
      return 0;
    }
  }

  /** Whether the executors get GPUs. */
  public static boolean hasGpus(SparkConf conf) {
    return !conf.get(GPUS, "0").equals("0");
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
