package org.sparklora.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.report.event.ReportFacts;
import org.sparklora.report.event.ReportFacts.Fact;
import org.sparklora.report.event.ResumeCommand;
import org.sparklora.spark.reduce.Hardware;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.tensor.LibTorch;
import org.sparklora.util.ProgramVersion;

/** Collects the facts about a run's environment for its report. */
final class RunFacts {
  /** The launcher of a run that a program started through the library. */
  private static final String ESTIMATOR = "LoraEstimator";

  private RunFacts() {}

  /**
   * The facts.
   *
   * @param callers whether a program trains in its own session, which no command can submit again
   */
  static ReportFacts of(
      TrainingConfig config, JavaSparkContext spark, List<ImageDataset> datasets, boolean callers) {
    SparkConf conf = spark.getConf();
    List<String> arguments = config.invocation().arguments();
    return new ReportFacts(
        config.invocation().settings(),
        provenance(config, spark, datasets),
        callers
            ? ResumeCommand.of(
                Optional.empty(), List.of(ESTIMATOR), arguments.subList(1, arguments.size()))
            : LaunchCommand.ofThisProcess().resume(conf, arguments),
        config.batch().threadsPerWorker(),
        SparkSettings.hasGpus(conf));
  }

  private static List<Fact> provenance(
      TrainingConfig config, JavaSparkContext spark, List<ImageDataset> datasets) {
    List<Fact> facts = new ArrayList<>();
    facts.add(new Fact("Seed", String.valueOf(config.batch().seed())));
    String sets = datasets.size() == 1 ? "set" : "sets";
    long rows = datasets.stream().mapToLong(ImageDataset::rows).sum();
    facts.add(new Fact("Rows of the data " + sets, String.valueOf(rows)));
    datasets.stream()
        .flatMap(dataset -> dataset.remarks().stream())
        .forEach(remark -> facts.add(new Fact("Data", remark)));
    facts.add(
        new Fact(
            "Base model computes in",
            config.batch().precision().name().toLowerCase(Locale.ROOT)
                + ", "
                + config.batch().threadsPerWorker()
                + (config.batch().threadsPerWorker() == 1 ? " thread" : " threads")
                + " a worker"));
    facts.add(new Fact("Program", ProgramVersion.text()));
    facts.add(new Fact("Spark", spark.version() + ", master " + spark.master()));
    facts.add(
        new Fact("Java", System.getProperty("java.vm.name") + " " + Runtime.version().toString()));
    LibTorch.version().ifPresent(version -> facts.add(new Fact("libtorch", version)));
    facts.add(
        new Fact(
            "Driver",
            Hardware.ofThisMachine()
                + ", "
                + Runtime.getRuntime().availableProcessors()
                + " cores, "
                + System.getProperty("os.name")
                + " "
                + System.getProperty("os.version")));
    return facts;
  }
}
