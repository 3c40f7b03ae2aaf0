package org.sparklora.spark;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.sparklora.train.StepListener;
import org.sparklora.train.StepOptimizer;

/** Runs segments: Spark jobs of long-running workers. */
public final class SegmentRunner implements AutoCloseable {
  private static final long LOOK_EVERY_MILLIS = 500;

  private final JavaSparkContext spark;
  private final GradientComputerFactory factory;
  private final int threads;
  private final long patience;
  private final ReductionServer server;

  /**
   * Starts listening for workers.
   *
   * @param threads intra-op threads of a worker
   * @param patience seconds without a completed step after which the run is given up
   */
  public SegmentRunner(
      JavaSparkContext spark, GradientComputerFactory factory, int threads, long patience) {
    this.spark = spark;
    this.factory = factory;
    this.threads = threads;
    this.patience = patience;
    // A worker outwaits the driver, so that it is the driver who says whom it waits for.
    this.server = new ReductionServer(SparkEnv.get(), 2 * patience);
  }

  /** Number of workers that can run at once, at most one a micro-batch. */
  public int workers(int microBatches) {
    int slots =
        spark
            .sc()
            .maxNumConcurrentTasks(spark.sc().resourceProfileManager().defaultResourceProfile());
    return Math.max(1, Math.min(slots, microBatches));
  }

  /**
   * Trains until a step is reached.
   *
   * @param endStep the first step that is not computed
   * @throws WorkersLostException when no step was completed for too long
   */
  public void run(StepOptimizer optimizer, long endStep, StepListener listener) {
    int workers = workers(optimizer.microBatches());
    Segment segment = new Segment(optimizer, endStep, workers, listener);
    ReductionAddress address = server.serve(segment, 2 * patience);
    WorkerTask task = new WorkerTask(address, factory, workers, optimizer.microBatches(), threads);
    List<Integer> partitions = IntStream.range(0, workers).boxed().toList();
    spark.sc().setJobDescription("spark-lora: steps to " + endStep);
    JavaFutureAction<Void> job = spark.parallelize(partitions, workers).foreachPartitionAsync(task);
    await(job, segment);
    segment.failure().ifPresent(SegmentRunner::rethrow);
    if (!segment.isOver()) {
      throw new IllegalStateException("Segment ended at " + segment.waitingFor());
    }
  }

  private void await(JavaFutureAction<Void> job, Segment segment) {
    while (true) {
      try {
        job.get(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        if (!segment.isOver() && segment.waitingSeconds() > patience) {
          job.cancel(true);
          throw new WorkersLostException(
              "Cannot go on: waited " + patience + " s at " + segment.waitingFor());
        }
      } catch (ExecutionException e) {
        throw new WorkersLostException("A worker failed: " + e.getCause().getMessage(), e);
      } catch (InterruptedException e) {
        job.cancel(true);
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Training interrupted", e);
      }
    }
  }

  private static void rethrow(RuntimeException failure) {
    throw failure;
  }

  @Override
  public void close() {
    server.close();
  }
}
