package org.sparklora.spark.failure;

import java.io.Serializable;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.sparklora.spark.settings.GpuAssignment;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.tensor.LibTorch;
import org.sparklora.util.InvalidInputException;

/**
 * Has the executors load libtorch, and find the GPUs that Spark gives their tasks, before they are
 * given work. Problems come back as results: Spark would repeat a failed task and log its stack
 * trace each time.
 */
public final class ExecutorLibraries {
  private ExecutorLibraries() {}

  /** A problem of an executor. */
  record Problem(InvalidInputException.Kind kind, String text) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /** The problems of one slot; empty if there are none. */
  record Look() implements Function<Integer, List<Problem>> {
    private static final long serialVersionUID = 1L;

    @Override
    public List<Problem> call(Integer number) {
      try {
        LibTorch.load();
        GpuAssignment.device(TaskContext.get());
        return List.of();
      } catch (InvalidInputException e) {
        String host = SparkEnv.get().blockManager().blockManagerId().host();
        return List.of(new Problem(e.kind(), e.getMessage() + " (executor on " + host + ")"));
      }
    }
  }

  /**
   * Makes all executors that are there load the library.
   *
   * @param patience seconds to wait for the first executor
   * @throws InvalidInputException when one cannot load it, or cannot compute on the GPU that Spark
   *     gives it
   * @throws WorkersLostException when no executor comes
   */
  public static void require(JavaSparkContext spark, long patience) {
    if (spark.isLocal()) {
      LibTorch.load();
      return;
    }
    int slots =
        Math.max(
            1,
            spark
                .sc()
                .maxNumConcurrentTasks(
                    spark.sc().resourceProfileManager().defaultResourceProfile()));
    List<Integer> numbers = IntStream.range(0, slots).boxed().toList();
    spark.sc().setJobDescription("spark-lora: load libtorch");
    JavaFutureAction<List<List<Problem>>> job =
        spark.parallelize(numbers, slots).map(new Look()).collectAsync();
    try {
      refuse(job.get(patience, TimeUnit.SECONDS).stream().flatMap(List::stream).toList());
    } catch (TimeoutException e) {
      throw new WorkersLostException(
          "Cannot go on: no executor came in "
              + patience
              + " s (--worker_timeout): check that the cluster has room for one"
              + (SparkSettings.hasGpus(spark.getConf())
                  ? ", and that its nodes tell Spark of GPUs (spark.executor.resource.gpu.amount)"
                  : ""),
          e);
    } catch (ExecutionException e) {
      throw new WorkersLostException("A worker failed: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while executors were checked", e);
    } finally {
      job.cancel(true);
      spark.sc().setJobDescription(null);
    }
  }

  private static void refuse(List<Problem> problems) {
    if (!problems.isEmpty()) {
      throw new InvalidInputException(
          problems.get(0).kind(), problems.stream().map(Problem::text).distinct().toList());
    }
  }
}
