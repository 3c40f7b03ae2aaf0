package org.sparklora.spark.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.netty.SparkTransportConf;
import org.apache.spark.network.server.NoOpRpcHandler;
import org.apache.spark.scheduler.ExecutorDecommissionInfo;
import org.apache.spark.scheduler.cluster.CoarseGrainedSchedulerBackend;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.spark.TestOptimizers;
import org.sparklora.spark.failure.LostExecutors;
import org.sparklora.spark.failure.WorkersLostException;
import org.sparklora.spark.message.ReductionAddress;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.SteadyClock;

/** The exchange of gradients between real processes. */
@Tag("long")
class ReductionIT {
  private static final int MICRO_BATCHES = 4;
  private static final int PARAMETERS = 1000;
  private static final int STEPS = 12;

  private static final scala.collection.immutable.Map<String, Object> NO_PREFERENCE =
      scala.collection.immutable.Map$.MODULE$.empty();

  @TempDir private Path folder;

  @Test
  void theBytesDoNotDependOnTheNumberOfWorkers() {
    float[] one = train("local-cluster[1,1,768]", new HashedGradients("", "", 0));
    assertThat(train("local-cluster[2,1,768]", new HashedGradients("", "", 0))).isEqualTo(one);
    assertThat(train("local-cluster[2,2,768]", new HashedGradients("", "", 0))).isEqualTo(one);
  }

  @Test
  void aKilledExecutorChangesNothing() throws Exception {
    HashedGradients undisturbed = new HashedGradients("", "", 0);
    float[] expected = train("local-cluster[2,1,768]", undisturbed);
    Thread killer = new Thread(this::killOneWorker);
    killer.start();
    HashedGradients slow = new HashedGradients(folder.toString(), "", 150);
    assertThat(train("local-cluster[2,1,768]", slow)).isEqualTo(expected);
    killer.join();
    try (Stream<Path> workers = Files.list(folder)) {
      assertThat(workers.count())
          .as("workers that computed, the killed one among them")
          .isGreaterThan(2);
    }
  }

  @Test
  void aFailedAttemptIsRetriedByItself() {
    float[] expected = train("local-cluster[2,1,768]", new HashedGradients("", "", 0));
    assertThat(train("local-cluster[2,1,768]", new HashedGradients("", "once", 0)))
        .isEqualTo(expected);
  }

  /** Without a smaller segment this would end after a minute; without a larger one, too. */
  @Test
  void anExecutorThatIsTakenAwayAndOneThatIsAddedChangeNothing() {
    float[] expected = train("local-cluster[2,1,768]", new HashedGradients("", "", 0));
    AdapterOptimizer optimizer = TestOptimizers.adamW(MICRO_BATCHES, PARAMETERS);
    List<Integer> sizes = new ArrayList<>();
    try (JavaSparkContext spark = new JavaSparkContext(conf("local-cluster[2,1,768]"));
        SegmentRunner runner =
            new SegmentRunner(
                spark,
                new HashedGradients("", "", 20),
                1,
                60,
                new Exchange(ExchangeConfig.USUAL),
                new Elasticity.Waits(1, 0.5, 1, 30),
                incident -> {})) {
      awaitWorkers(runner, 2);
      runner.run(
          optimizer,
          4,
          (result, seconds) -> {
            sizes.add(runner.workers(MICRO_BATCHES));
            if (result.step() == 1) {
              takeAwayAnExecutor(spark);
            }
          });
      assertThat(runner.workers(MICRO_BATCHES)).isEqualTo(1);
      // Not endless: it ends when it has seen two slots.
      runner.run(
          optimizer,
          STEPS,
          (result, seconds) -> {
            if (result.step() == 5) {
              spark.sc().requestTotalExecutors(2, 0, NO_PREFERENCE);
              awaitWorkers(runner, 2);
            }
          });
      assertThat(runner.workers(MICRO_BATCHES)).isEqualTo(2);
    }
    assertThat(optimizer.state().values()).isEqualTo(expected);
    assertThat(sizes).contains(2).endsWith(1);
  }

  /** For good: it is not replaced. */
  private static void takeAwayAnExecutor(JavaSparkContext spark) {
    String any = spark.sc().getExecutorIds().head();
    spark.sc().killExecutor(any);
  }

  /** No task fails: the worker leaves between two steps, and its executor ends by itself. */
  @Test
  void anExecutorThatIsToldOfItsEndIsLeftWithoutALostStep() {
    HashedGradients gradients = new HashedGradients("", "", 100);
    float[] expected = train("local-cluster[1,1,768]", new HashedGradients("", "", 0));
    AdapterOptimizer optimizer = TestOptimizers.adamW(MICRO_BATCHES, PARAMETERS);
    List<Integer> workers = new ArrayList<>();
    List<String> incidents = new CopyOnWriteArrayList<>();
    SparkConf conf = conf("local-cluster[2,1,768]").set("spark.decommission.enabled", "true");
    try (JavaSparkContext spark = new JavaSparkContext(conf);
        SegmentRunner runner =
            new SegmentRunner(
                spark,
                gradients,
                1,
                60,
                new Exchange(ExchangeConfig.USUAL),
                new Elasticity.Waits(15, 0.5, 60, 30),
                incidents::add)) {
      spark.sc().addSparkListener(new LostExecutors(incidents::add));
      awaitWorkers(runner, 2);
      runner.run(
          optimizer,
          STEPS,
          (result, timing) -> {
            workers.add(timing.workers());
            if (result.step() == 1) {
              tellOfItsEnd(spark);
            }
          });
    }
    assertThat(optimizer.state().values()).isEqualTo(expected);
    assertThat(workers).startsWith(2, 2).contains(1);
    assertThat(incidents)
        .contains("Executors will be taken away: going on with 1 worker after this step")
        .noneMatch(incident -> incident.contains("of task"));
  }

  private static void tellOfItsEnd(JavaSparkContext spark) {
    CoarseGrainedSchedulerBackend backend =
        (CoarseGrainedSchedulerBackend) spark.sc().schedulerBackend();
    ExecutorDecommissionInfo notice =
        new ExecutorDecommissionInfo("its node is taken away", scala.Option.empty());
    backend.decommissionExecutor(spark.sc().getExecutorIds().head(), notice, true, false);
  }

  private static void awaitWorkers(SegmentRunner runner, int workers) {
    try {
      for (int i = 0; i < 1200 && runner.workers(MICRO_BATCHES) != workers; i++) {
        Thread.sleep(50);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anExecutorThatSparkExcludesDoesNotHoldUpTheRun() {
    float[] expected = train("local-cluster[2,1,768]", new HashedGradients("", "", 0));
    AdapterOptimizer optimizer = TestOptimizers.adamW(MICRO_BATCHES, PARAMETERS);
    SparkConf conf = conf("local-cluster[2,1,768]").set("spark.excludeOnFailure.enabled", "true");
    try (JavaSparkContext spark = new JavaSparkContext(conf);
        SegmentRunner runner =
            new SegmentRunner(
                spark,
                new HashedGradients("", "once", 0),
                1,
                60,
                new Exchange(ExchangeConfig.USUAL),
                new Elasticity.Waits(1, 0.5, 1, 30),
                incident -> {})) {
      awaitWorkers(runner, 2);
      runner.run(optimizer, STEPS, (result, seconds) -> {});
    }
    assertThat(optimizer.state().values()).isEqualTo(expected);
  }

  @Test
  void whatAlwaysFailsIsReportedWithItsPlace() {
    assertThatThrownBy(() -> train("local-cluster[2,1,768]", new HashedGradients("", "always", 0)))
        .isInstanceOf(WorkersLostException.class)
        .hasMessageContaining("step 0")
        .hasMessageContaining("executor")
        .hasMessageContaining("the GPU is on fire");
  }

  @Test
  void whatAWorkerCannotReadIsReportedAsBadData() {
    assertThatThrownBy(() -> train("local-cluster[1,1,768]", new HashedGradients("", "data", 0)))
        .isInstanceOfSatisfying(
            InvalidInputException.class,
            invalid -> {
              assertThat(invalid.kind()).isEqualTo(InvalidInputException.Kind.DATA);
              assertThat(invalid.problems())
                  .containsExactly("Cannot read latent cache: part-000000 is missing");
            });
  }

  /** However long the workers take to leave. */
  @Test
  void whatFailsOnTheDriverEndsTheRun() {
    try (JavaSparkContext spark = new JavaSparkContext(conf("local[1]"));
        SegmentRunner runner = new SegmentRunner(spark, new StuckInTheSecondStep(), 1, 60)) {
      AdapterOptimizer optimizer = TestOptimizers.adamW(1, PARAMETERS);
      assertThatThrownBy(
              () ->
                  runner.run(
                      optimizer,
                      3,
                      (result, seconds) -> {
                        throw new IllegalStateException("no space left for progress");
                      }))
          .hasMessage("no space left for progress");
      assertThat(optimizer.state().step()).isEqualTo(1);
    }
  }

  private record StuckInTheSecondStep() implements GradientComputerFactory {
    @Override
    public GradientComputer open(WorkerContext context) {
      GradientComputer instant = new HashedGradients("", "", 0).open(context);
      GradientComputer stuck = new HashedGradients("", "", 120_000).open(context);
      return new GradientComputer() {
        @Override
        public MicroBatchGradient compute(AdapterState state, int microBatch) {
          return (state.step() == 0 ? instant : stuck).compute(state, microBatch);
        }

        @Override
        public void close() {}
      };
    }
  }

  @Test
  void strangersAreRefusedWhereTheClusterAuthenticates() throws Exception {
    SparkConf conf =
        conf("local-cluster[1,1,768]")
            .set("spark.authenticate", "true")
            .set("spark.authenticate.secret", "a secret of the test")
            .set("spark.network.crypto.enabled", "true");
    try (JavaSparkContext spark = new JavaSparkContext(conf);
        ReductionServer server = new ReductionServer(SparkEnv.get(), 60)) {
      Segment segment =
          new Segment(TestOptimizers.adamW(1, 2), 1, 1, (r, s) -> {}, SteadyClock.SYSTEM);
      ReductionAddress address = server.serve(segment, 60);
      assertThatThrownBy(() -> strangerSays(address, ByteBuffer.wrap(new byte[64])))
          .isInstanceOf(Exception.class);
      assertThat(spark.parallelize(List.of(1)).count()).isEqualTo(1);
      AdapterOptimizer optimizer = TestOptimizers.adamW(MICRO_BATCHES, PARAMETERS);
      try (SegmentRunner runner = new SegmentRunner(spark, new HashedGradients("", "", 0), 1, 60)) {
        runner.run(optimizer, 2, (result, seconds) -> {});
      }
      assertThat(optimizer.state().step()).isEqualTo(2);
    }
  }

  private static void strangerSays(ReductionAddress address, ByteBuffer frame) throws Exception {
    SparkConf open = new SparkConf(false);
    try (TransportContext context =
            new TransportContext(
                SparkTransportConf.fromSparkConf(
                    open, "stranger", 1, scala.Option.empty(), scala.Option.empty()),
                new NoOpRpcHandler());
        TransportClientFactory factory = context.createClientFactory();
        TransportClient client = factory.createClient(address.host(), address.port())) {
      client.sendRpcSync(frame, 5000);
    }
  }

  /** Trains in segments of five steps, as checkpoints make them. */
  private static float[] train(String master, HashedGradients gradients) {
    AdapterOptimizer optimizer = TestOptimizers.adamW(MICRO_BATCHES, PARAMETERS);
    try (JavaSparkContext spark = new JavaSparkContext(conf(master));
        SegmentRunner runner = new SegmentRunner(spark, gradients, 1, 60)) {
      awaitWorkers(runner, slots(master));
      for (int end = 5; optimizer.state().step() < STEPS; end = Math.min(STEPS, end + 5)) {
        runner.run(optimizer, end, (result, seconds) -> {});
      }
    }
    return optimizer.state().values();
  }

  /** {@code local-cluster[EXECUTORS,CORES,MEMORY]}. */
  private static int slots(String master) {
    String[] numbers = master.replaceAll(".*\\[|\\]", "").split(",", -1);
    return Integer.parseInt(numbers[0]) * Integer.parseInt(numbers[1]);
  }

  private static SparkConf conf(String master) {
    return SparkSettings.forTraining(Optional.of(master)).set("spark.executor.memory", "512m");
  }

  private void killOneWorker() {
    try {
      for (int i = 0; i < 600; i++) {
        Optional<Path> working = workerPast(2);
        if (working.isPresent()) {
          long pid =
              Long.parseLong(working.get().getFileName().toString().substring("worker-".length()));
          new ProcessBuilder("kill", "-9", String.valueOf(pid)).start().waitFor();
          return;
        }
        Thread.sleep(50);
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Optional<Path> workerPast(int step) throws IOException {
    try (Stream<Path> workers = Files.list(folder)) {
      return workers
          .filter(
              worker -> {
                try {
                  String state = Files.readString(worker);
                  return !state.isEmpty() && Integer.parseInt(state.substring(5)) > step;
                } catch (IOException e) {
                  return false;
                }
              })
          .findFirst();
    }
  }
}
