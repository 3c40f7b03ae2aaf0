package org.sparklora.spark.reduce;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the tasks of one executor hand on to each other: loading a model takes longer than many
 * steps. Only what belongs to the current run is kept.
 *
 * @param <K> what two tasks must have in common to use the same one
 * @param <V> used by one task at a time
 */
public final class IdlePool<K, V> {
  private final Map<K, Deque<V>> idle = new HashMap<>();
  private final Consumer<V> close;
  private long current;

  /**
   * @param close what to do with one that nobody will use again
   */
  public IdlePool(Consumer<V> close) {
    this.close = close;
  }

  /** An idle one, or a new one. */
  public V take(long run, K key, Supplier<V> open) {
    synchronized (this) {
      if (run != current) {
        idle.values().forEach(left -> left.forEach(close));
        idle.clear();
        current = run;
      }
      V one = idle.computeIfAbsent(key, k -> new ArrayDeque<>()).poll();
      if (one != null) {
        return one;
      }
    }
    return open.get();
  }

  /** Keeps one for the next task, or closes it when its run is over. */
  public void giveBack(long run, K key, V one) {
    synchronized (this) {
      if (run == current) {
        idle.get(key).add(one);
        return;
      }
    }
    close.accept(one);
  }
}
