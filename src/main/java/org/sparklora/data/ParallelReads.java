package org.sparklora.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.sparklora.util.InvalidInputException;

/**
 * Reads small parts of many files, several at a time, because on an object store each file takes
 * round trips.
 */
final class ParallelReads {
  private static final int READERS = 16;

  private ParallelReads() {}

  /**
   * Reads a value from each file and returns them in the order of the files.
   *
   * @param location of them all, for messages
   */
  static <F, R> List<R> map(List<F> files, Function<F, R> read, String location) {
    ExecutorService readers = Executors.newFixedThreadPool(READERS);
    try {
      List<Callable<R>> tasks =
          files.stream().<Callable<R>>map(file -> () -> read.apply(file)).toList();
      List<R> results = new ArrayList<>();
      for (Future<R> result : readers.invokeAll(tasks)) {
        results.add(result.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT, "Cannot read data set: %s: %s", location, e.getCause().getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Cannot read data set: interrupted", e);
    } finally {
      readers.shutdownNow();
    }
  }
}
