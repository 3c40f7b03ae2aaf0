package org.sparklora.spark.reduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.sparklora.spark.TestOptimizers;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.GradientType;

/**
 * The direct way of gradients and the tree on one cluster, by turns. Gradients cost nothing. {@code
 * jobs/bench-network} makes a cluster of slow networks.
 */
final class NetworkBenchmark {
  private static final int WARM_UP = 2;
  private static final double MEGABYTE = 1e6;

  private record Case(String name, ExchangeConfig config) {}

  private static final List<Case> CASES =
      List.of(
          new Case("direct", new ExchangeConfig(ExchangeMode.DIRECT, GradientType.FP32)),
          new Case("tree", new ExchangeConfig(ExchangeMode.TREE, GradientType.FP32)),
          new Case("direct, bf16", new ExchangeConfig(ExchangeMode.DIRECT, GradientType.BF16)),
          new Case("tree, bf16", new ExchangeConfig(ExchangeMode.TREE, GradientType.BF16)));

  private NetworkBenchmark() {}

  public static void main(String[] args) {
    String master = args[0];
    int workers = Integer.parseInt(args[1]);
    int steps = Integer.parseInt(args[3]);
    int turns = Integer.parseInt(args[5]);
    try (JavaSparkContext spark =
        new JavaSparkContext(
            SparkSettings.forTraining(Optional.of(master)).set("spark.executor.memory", args[4]))) {
      spark.setLogLevel("WARN");
      System.out.printf(Locale.ROOT, "%d workers; medians of %d turns%n", workers, turns);
      System.out.println(
          "| MB of adapter | way | ms a step | to direct | MB of heap: driver | largest executor |"
              + " same bytes |");
      System.out.println("|---|---|---|---|---|---|---|");
      for (String parameters : args[2].split(",", -1)) {
        compare(spark, workers, Integer.parseInt(parameters), steps, turns);
      }
    }
  }

  private static void compare(
      JavaSparkContext spark, int workers, int parameters, int steps, int turns) {
    List<List<Measured>> measured = new ArrayList<>();
    CASES.forEach(each -> measured.add(new ArrayList<>()));
    for (int turn = 0; turn < turns; turn++) {
      for (int i = 0; i < CASES.size(); i++) {
        measured.get(i).add(measure(spark, CASES.get(i).config(), workers, parameters, steps));
      }
    }
    double direct = median(measured.get(0));
    for (int i = 0; i < CASES.size(); i++) {
      List<Measured> of = measured.get(i);
      // The same type's direct way.
      float[] same = measured.get(i / 2 * 2).get(0).values();
      System.out.printf(
          Locale.ROOT,
          "| %.1f | %s | %.0f | %.2f | %.0f | %.0f | %s |%n",
          parameters * Float.BYTES / MEGABYTE,
          CASES.get(i).name(),
          median(of),
          median(of) / direct,
          of.stream().mapToLong(Measured::driverBytes).max().orElse(0) / MEGABYTE,
          of.stream().mapToLong(Measured::executorBytes).max().orElse(0) / MEGABYTE,
          of.stream().allMatch(one -> Arrays.equals(same, one.values())) ? "yes" : "NO");
    }
  }

  private static double median(List<Measured> turns) {
    double[] sorted = turns.stream().mapToDouble(Measured::milliseconds).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  /**
   * One turn.
   *
   * @param milliseconds the median of the steps after the warm-up
   * @param driverBytes the most in its heap after a collection
   * @param executorBytes the same of the executor that had most
   */
  private record Measured(
      double milliseconds, float[] values, long driverBytes, long executorBytes) {}

  private static Measured measure(
      JavaSparkContext spark, ExchangeConfig config, int workers, int parameters, int steps) {
    AdapterOptimizer optimizer = TestOptimizers.adamW(workers, parameters);
    List<Double> seconds = new ArrayList<>();
    try (SegmentRunner runner =
        new SegmentRunner(
            spark,
            new InstantGradients(),
            1,
            300,
            new Exchange(config),
            Elasticity.Waits.DEFAULT,
            incident -> System.err.println(incident))) {
      runner.awaitExecutors(workers);
      HeapPeak.begin();
      onAll(spark, workers, true);
      runner.run(optimizer, WARM_UP + steps, (result, took) -> seconds.add(took.seconds()));
    }
    double[] sorted =
        seconds.subList(WARM_UP, seconds.size()).stream()
            .mapToDouble(s -> s * 1e3)
            .sorted()
            .toArray();
    return new Measured(
        sorted[sorted.length / 2],
        optimizer.state().values(),
        HeapPeak.most(),
        Collections.max(onAll(spark, workers, false)));
  }

  /** The most in the heaps of executors, after which they may begin to look again. */
  private static List<Long> onAll(JavaSparkContext spark, int workers, boolean begin) {
    List<Integer> numbers = IntStream.range(0, 4 * workers).boxed().toList();
    return spark
        .parallelize(numbers, 4 * workers)
        .map(
            number -> {
              if (begin) {
                HeapPeak.begin();
              }
              return HeapPeak.most();
            })
        .collect();
  }
}
