package org.sparklora.spark.failure;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.sparklora.tensor.LibTorch;
import org.sparklora.util.InvalidInputException;

/**
 * Has the executors load libtorch before they are given work. Problems come back as results: Spark
 * would repeat a failed task and log its stack trace each time.
 */
public final class ExecutorLibraries {
  private ExecutorLibraries() {}

  /** The problems of one executor; empty if there are none. */
  record Look() implements Function<Integer, List<String>> {
    private static final long serialVersionUID = 1L;

    @Override
    public List<String> call(Integer number) {
      try {
        LibTorch.load();
        return List.of();
      } catch (InvalidInputException e) {
        String host = SparkEnv.get().blockManager().blockManagerId().host();
        return List.of(e.getMessage() + " (executor on " + host + ")");
      }
    }
  }

  /**
   * Makes all executors that are there load the library.
   *
   * @param patience seconds to wait for the first executor
   * @throws InvalidInputException (RESOURCES) when one cannot load it
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
    JavaFutureAction<List<List<String>>> job =
        spark.parallelize(numbers, slots).map(new Look()).collectAsync();
    try {
      List<String> problems =
          job.get(patience, TimeUnit.SECONDS).stream().flatMap(List::stream).distinct().toList();
      if (!problems.isEmpty()) {
        throw new InvalidInputException(InvalidInputException.Kind.RESOURCES, problems);
      }
    } catch (TimeoutException e) {
      throw new WorkersLostException(
          "Cannot go on: no executor came in "
              + patience
              + " s (--worker_timeout): check that the cluster has room for one",
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
}
