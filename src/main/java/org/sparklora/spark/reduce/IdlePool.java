package org.sparklora.spark.reduce;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Keeps objects between the tasks of one executor, because loading a model takes longer than many
 * steps. Only objects of the current run are kept.
 *
 * @param <K> key that two tasks must have in common to use the same object
 * @param <V> object that one task at a time uses
 */
public final class IdlePool<K, V> {
  private final Map<K, Deque<V>> idle = new HashMap<>();
  private final Consumer<V> close;
  private long current;

  /**
   * @param close called with an object that will not be used again
   */
  public IdlePool(Consumer<V> close) {
    this.close = close;
  }

  /** Takes an idle object, or opens a new one. */
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

  /** Keeps an object for the next task, or closes it if its run is over. */
  public void giveBack(long run, K key, V one) {
    synchronized (this) {
      if (run == current) {
        idle.computeIfAbsent(key, k -> new ArrayDeque<>()).add(one);
        return;
      }
    }
    close.accept(one);
  }
}
