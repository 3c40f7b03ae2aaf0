package org.sparklora.spark.reduce;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.sparklora.spark.message.ReductionAddress;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.train.step.AdapterState;

/** Workers that are the tasks of a Spark job. */
final class SparkWorkers implements Workers {
  private final JavaSparkContext spark;
  private final GradientComputerFactory factory;
  private final int threads;
  private final long patience;
  private final ReductionServer server;

  /**
   * Starts listening for workers.
   *
   * @param threads intra-op threads of a worker
   * @param patience seconds that the driver waits for a step
   */
  SparkWorkers(
      JavaSparkContext spark, GradientComputerFactory factory, int threads, long patience) {
    this.spark = spark;
    this.factory = factory;
    this.threads = threads;
    this.patience = patience;
    // A worker waits longer than the driver, so that the driver is the one to say whom it waits
    // for.
    this.server = new ReductionServer(SparkEnv.get(), 2 * patience);
  }

  @Override
  public int slots() {
    return spark
        .sc()
        .maxNumConcurrentTasks(spark.sc().resourceProfileManager().defaultResourceProfile());
  }

  @Override
  public int expectedSlots() {
    return SparkSettings.expectedSlots(spark.getConf()).orElse(Integer.MAX_VALUE);
  }

  @Override
  public boolean isLeaving(String executor) {
    return spark.sc().taskScheduler().getExecutorDecommissionState(executor).isDefined();
  }

  @Override
  public Job start(Segment segment, int workers, long endStep) {
    ReductionAddress address = server.serve(segment, 2 * patience);
    WorkerTask task =
        new WorkerTask(address, factory, workers, segment.microBatches(), threads, segment.way());
    List<Integer> partitions = IntStream.range(0, workers).boxed().toList();
    spark.sc().setJobDescription("spark-lora: steps to " + endStep);
    spark.sc().setLocalProperty("spark.job.interruptOnCancel", "true");
    return new SparkJob(spark.parallelize(partitions, workers).foreachPartitionAsync(task));
  }

  private record SparkJob(JavaFutureAction<Void> tasks) implements Job {
    @Override
    public boolean await(long millis) throws ExecutionException, InterruptedException {
      try {
        tasks.get(millis, TimeUnit.MILLISECONDS);
        return true;
      } catch (TimeoutException e) {
        return false;
      }
    }

    @Override
    public void cancel() {
      tasks.cancel(true);
    }
  }

  @Override
  public List<Double> heldOutLosses(AdapterState state, int batches, int slots)
      throws ExecutionException, InterruptedException, TimeoutException {
    HeldOutTask task =
        new HeldOutTask(server.run(), factory, threads, state.step(), state.values());
    List<Integer> numbers = IntStream.range(0, batches).boxed().toList();
    spark.sc().setJobDescription("spark-lora: held-out loss of step " + state.step());
    JavaFutureAction<List<Double>> job =
        spark.parallelize(numbers, Math.min(slots, batches)).mapPartitions(task).collectAsync();
    try {
      long each = (batches + slots - 1L) / slots;
      return job.get(patience * (1 + each), TimeUnit.SECONDS);
    } finally {
      job.cancel(true);
    }
  }

  @Override
  public long strangersClosed() {
    return server.strangersClosed();
  }

  @Override
  public void close() {
    server.close();
  }
}
