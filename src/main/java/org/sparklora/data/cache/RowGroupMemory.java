package org.sparklora.data.cache;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongFunction;

/**
 * Keeps the most recently used row groups or pages, each under the index of its first sample, up to
 * a number of bytes. If several threads ask for a row group, it is read once. Different row groups
 * are read at the same time.
 */
final class RowGroupMemory {
  private final long capacityBytes;

  /** Row groups in order of use; those being read are among them. */
  private final Map<Long, CompletableFuture<List<LatentSample>>> groups =
      new LinkedHashMap<>(16, 0.75f, true);

  /** Sizes in bytes of the row groups that have been read. */
  private final Map<Long, Long> sizes = new HashMap<>();

  private long usedBytes;

  RowGroupMemory(long capacityBytes) {
    this.capacityBytes = capacityBytes;
  }

  /**
   * Returns a row group and reads it if it is not in memory. A failure is not kept: the next caller
   * retries.
   */
  List<LatentSample> get(long group, LongFunction<List<LatentSample>> reader) {
    CompletableFuture<List<LatentSample>> mine = new CompletableFuture<>();
    CompletableFuture<List<LatentSample>> first = firstToAsk(group, mine);
    if (first != mine) {
      return await(first);
    }
    try {
      List<LatentSample> samples = reader.apply(group);
      mine.complete(samples);
      keep(group, samples);
      return samples;
    } catch (RuntimeException | Error e) {
      forget(group);
      mine.completeExceptionally(e);
      throw e;
    }
  }

  private synchronized CompletableFuture<List<LatentSample>> firstToAsk(
      long group, CompletableFuture<List<LatentSample>> mine) {
    return groups.computeIfAbsent(group, absent -> mine);
  }

  private synchronized void forget(long group) {
    groups.remove(group);
  }

  private synchronized void keep(long group, List<LatentSample> samples) {
    long bytes = samples.stream().mapToLong(LatentSchema::rawBytes).sum();
    sizes.put(group, bytes);
    usedBytes += bytes;
    Iterator<Long> oldest = groups.keySet().iterator();
    while (usedBytes > capacityBytes && oldest.hasNext()) {
      long other = oldest.next();
      if (other != group && sizes.containsKey(other)) {
        oldest.remove();
        usedBytes -= sizes.remove(other);
      }
    }
  }

  private static List<LatentSample> await(CompletableFuture<List<LatentSample>> first) {
    try {
      return first.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
