package org.sparklora.spark.reduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.sparklora.spark.TestOptimizers;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * What a step costs beside computing gradients: the exchange with two executor processes, next to a
 * Spark job a step. {@code jobs/bench-sync [PARAMETERS [STEPS]]}
 */
final class SyncBenchmark {
  private static final int WORKERS = 2;
  private static final int WARM_UP = 100;

  private SyncBenchmark() {}

  public static void main(String[] args) {
    int parameters = args.length > 0 ? Integer.parseInt(args[0]) : 797_184;
    int steps = args.length > 1 ? Integer.parseInt(args[1]) : 300;
    try (JavaSparkContext spark =
        new JavaSparkContext(SparkSettings.of(Optional.of("local-cluster[2,1,1024]")))) {
      spark.setLogLevel("WARN");
      System.out.printf(
          Locale.ROOT,
          "%,d parameters (%.1f MB), %d executors%n",
          parameters,
          parameters * 4e-6,
          WORKERS);
      System.out.println("| ms a step | median | 90 % | least |");
      System.out.println("|---|---|---|---|");
      print("optimizer alone", optimizerAlone(parameters, steps));
      print("segment: exchange and optimizer", segment(spark, parameters, steps));
      print("a Spark job a step: the same", jobs(spark, parameters, Math.min(steps, 60)));
    }
  }

  private static List<Double> optimizerAlone(int parameters, int steps) {
    AdapterOptimizer optimizer = TestOptimizers.adamW(WORKERS, parameters);
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < WARM_UP + steps; i++) {
      float[] gradient = new float[parameters];
      Arrays.fill(gradient, 1e-3f);
      long began = System.nanoTime();
      optimizer.apply(new MicroBatchGradient(1, gradient));
      seconds.add((System.nanoTime() - began) / 1e9);
    }
    return seconds.subList(WARM_UP, seconds.size());
  }

  private static List<Double> segment(JavaSparkContext spark, int parameters, int steps) {
    AdapterOptimizer optimizer = TestOptimizers.adamW(WORKERS, parameters);
    List<Double> seconds = new ArrayList<>();
    try (SegmentRunner runner = new SegmentRunner(spark, new InstantGradients(), 1, 60)) {
      while (runner.workers(WORKERS) < WORKERS) {
        Thread.onSpinWait();
      }
      runner.run(optimizer, WARM_UP + steps, (result, took) -> seconds.add(took.seconds()));
    }
    return seconds.subList(WARM_UP, seconds.size());
  }

  private static List<Double> jobs(JavaSparkContext spark, int parameters, int steps) {
    AdapterOptimizer optimizer = TestOptimizers.adamW(WORKERS, parameters);
    List<Double> seconds = new ArrayList<>();
    List<Integer> workers = IntStream.range(0, WORKERS).boxed().toList();
    for (int i = 0; i < 10 + steps; i++) {
      long began = System.nanoTime();
      Broadcast<float[]> adapter = spark.broadcast(optimizer.state().values());
      List<float[]> gradients =
          spark
              .parallelize(workers, WORKERS)
              .map(worker -> gradient(adapter.value().length, worker))
              .collect();
      adapter.unpersist();
      GradientTree tree = new GradientTree(WORKERS);
      for (int worker = 0; worker < WORKERS; worker++) {
        tree.add(worker, new MicroBatchGradient(1, gradients.get(worker)));
      }
      optimizer.apply(tree.total());
      seconds.add((System.nanoTime() - began) / 1e9);
    }
    return seconds.subList(10, seconds.size());
  }

  private static float[] gradient(int parameters, int worker) {
    float[] values = new float[parameters];
    Arrays.fill(values, 1e-3f * (worker + 1));
    return values;
  }

  private static void print(String what, List<Double> seconds) {
    double[] sorted = seconds.stream().mapToDouble(s -> s * 1e3).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %.1f |%n",
        what,
        sorted[sorted.length / 2],
        sorted[sorted.length * 9 / 10],
        sorted[0]);
  }
}
