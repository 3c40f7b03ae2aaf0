package org.sparklora.spark.reduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.sparklora.spark.TestOptimizers;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.train.step.AdapterOptimizer;

/**
 * The direct way of gradients and the tree on one cluster, by turns. Gradients cost nothing. {@code
 * jobs/bench-network} makes a cluster of slow networks.
 */
final class NetworkBenchmark {
  private static final int WARM_UP = 3;
  private static final int TURNS = 3;

  private NetworkBenchmark() {}

  public static void main(String[] args) {
    String master = args[0];
    int workers = Integer.parseInt(args[1]);
    int parameters = Integer.parseInt(args[2]);
    int steps = Integer.parseInt(args[3]);
    try (JavaSparkContext spark =
        new JavaSparkContext(
            SparkSettings.forTraining(Optional.of(master)).set("spark.executor.memory", "1500m"))) {
      spark.setLogLevel("WARN");
      System.out.printf(
          Locale.ROOT, "%d workers, %.1f MB of gradient%n", workers, parameters * 4e-6);
      System.out.println(
          "| turn | direct, ms a step | tree, ms a step | tree / direct | same bytes |");
      System.out.println("|---|---|---|---|---|");
      for (int turn = 1; turn <= TURNS; turn++) {
        Measured direct = measure(spark, ExchangeMode.DIRECT, workers, parameters, steps);
        Measured tree = measure(spark, ExchangeMode.TREE, workers, parameters, steps);
        System.out.printf(
            Locale.ROOT,
            "| %d | %.0f | %.0f | %.2f | %s |%n",
            turn,
            direct.milliseconds(),
            tree.milliseconds(),
            tree.milliseconds() / direct.milliseconds(),
            Arrays.equals(direct.values(), tree.values()) ? "yes" : "NO");
      }
    }
  }

  /** The median of the steps after the warm-up. */
  private record Measured(double milliseconds, float[] values) {}

  private static Measured measure(
      JavaSparkContext spark, ExchangeMode mode, int workers, int parameters, int steps) {
    AdapterOptimizer optimizer = TestOptimizers.adamW(workers, parameters);
    List<Double> seconds = new ArrayList<>();
    try (SegmentRunner runner =
        new SegmentRunner(
            spark,
            new InstantGradients(),
            1,
            300,
            new Exchange(mode),
            Elasticity.Waits.DEFAULT,
            incident -> System.err.println(incident))) {
      runner.awaitExecutors(workers);
      runner.run(optimizer, WARM_UP + steps, (result, took) -> seconds.add(took.seconds()));
    }
    double[] sorted =
        seconds.subList(WARM_UP, seconds.size()).stream()
            .mapToDouble(s -> s * 1e3)
            .sorted()
            .toArray();
    return new Measured(sorted[sorted.length / 2], optimizer.state().values());
  }
}
