package org.sparklora.train.step;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import org.sparklora.train.step.GradientTree.Node;

/**
 * The fixed binary tree over which something of a step's M micro-batches is summed, whatever the
 * summands are. Threads may add at the same time.
 *
 * @param <T> summands and sums
 */
public final class FixedTree<T> {
  private final int microBatches;
  private final BinaryOperator<T> plus;
  private final TreeMap<Node, T> sums = new TreeMap<>();

  /**
   * An empty tree.
   *
   * @param microBatches M, at least 1
   * @param plus adds the left half's sum and the right half's
   */
  public FixedTree(int microBatches, BinaryOperator<T> plus) {
    this.microBatches = microBatches;
    this.plus = plus;
  }

  /**
   * Adds the sum of a subtree. If the sibling's sum is known, the two are added at once, left plus
   * right.
   */
  public void add(Node node, T sum) {
    Node at = node;
    T value = sum;
    while (at.begin() > 0 || at.end(microBatches) < microBatches) {
      if (at.sibling().begin() < microBatches) {
        Optional<T> other = takeSiblingOrPut(at, value);
        if (other.isEmpty()) {
          return;
        }
        boolean left = (at.index() & 1) == 0;
        value = left ? plus.apply(value, other.get()) : plus.apply(other.get(), value);
      }
      at = at.parent();
    }
    put(at, value);
  }

  private synchronized Optional<T> takeSiblingOrPut(Node node, T sum) {
    T sibling = sums.remove(node.sibling());
    if (sibling == null) {
      sums.put(node, sum);
    }
    return Optional.ofNullable(sibling);
  }

  private synchronized void put(Node node, T sum) {
    sums.put(node, sum);
  }

  /** Returns the sums of the largest subtrees so far. */
  public synchronized Map<Node, T> sums() {
    return Map.copyOf(sums);
  }

  /** Removes and returns the sums of some subtrees, as far as they are known. */
  public synchronized Map<Node, T> take(Set<Node> nodes) {
    Map<Node, T> taken = new TreeMap<>(sums);
    taken.keySet().retainAll(nodes);
    sums.keySet().removeAll(taken.keySet());
    return taken;
  }

  /** Whether all micro-batches are summed. */
  public synchronized boolean isComplete() {
    return sums.size() == 1
        && sums.firstKey().begin() == 0
        && sums.firstKey().end(microBatches) == microBatches;
  }

  /**
   * Returns the sum over all micro-batches.
   *
   * @throws IllegalStateException if the tree is not {@link #isComplete() complete}
   */
  public synchronized T total() {
    if (!isComplete()) {
      throw new IllegalStateException("Cannot sum: only " + sums.keySet() + " have come");
    }
    return sums.firstEntry().getValue();
  }
}
