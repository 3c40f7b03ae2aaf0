package org.sparklora.train.step;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fixed binary tree over which a step's gradients are summed. Its leaves are the step's M
 * micro-batches. A node is the sum of its two halves. Leaves and sums are rounded to a type.
 * Because the tree does not depend on who computes what, neither do the bits of the sum. Threads
 * may add at the same time.
 */
public final class GradientTree {
  /**
   * A node: the sum of the micro-batches from {@code index << level} to {@code (index + 1) <<
   * level}, as far as the step has them.
   */
  public record Node(int level, int index) implements Comparable<Node> {
    int begin() {
      return index << level;
    }

    int end(int microBatches) {
      return (int) Math.min((long) (index + 1) << level, microBatches);
    }

    Node parent() {
      return new Node(level + 1, index >> 1);
    }

    Node sibling() {
      return new Node(level, index ^ 1);
    }

    @Override
    public int compareTo(Node other) {
      return level != other.level
          ? Integer.compare(level, other.level)
          : Integer.compare(index, other.index);
    }
  }

  private final GradientType type;
  private final FixedTree<MicroBatchGradient> tree;

  /**
   * An empty tree of fp32 gradients.
   *
   * @param microBatches M, at least 1
   */
  public GradientTree(int microBatches) {
    this(microBatches, GradientType.FP32);
  }

  /**
   * An empty tree.
   *
   * @param microBatches M, at least 1
   * @param type of gradients and sums
   */
  public GradientTree(int microBatches, GradientType type) {
    this.type = type;
    this.tree = new FixedTree<>(microBatches, this::plus);
  }

  /** Returns the first micro-batch of a worker: {@code floor(worker * microBatches / workers)}. */
  public static int rangeBegin(int worker, int workers, int microBatches) {
    return (int) ((long) worker * microBatches / workers);
  }

  /**
   * Adds the gradient of one micro-batch. Its array is rounded to the tree's type in place, and
   * belongs to the tree afterwards.
   *
   * @param microBatch index in the step, from 0
   */
  public void add(int microBatch, MicroBatchGradient gradient) {
    type.round(gradient.values());
    add(new Node(0, microBatch), gradient);
  }

  /**
   * Adds the sum of a subtree. Its values must already be rounded to the tree's type. If the
   * sibling's sum is known, the two are added at once, left plus right. The array belongs to the
   * tree afterwards.
   */
  public void add(Node node, MicroBatchGradient sum) {
    tree.add(node, sum);
  }

  /** Returns the sums of the largest subtrees so far; these are what a worker sends. */
  public Map<Node, MicroBatchGradient> sums() {
    return tree.sums();
  }

  /** Removes and returns the sums of some subtrees, as far as they are known. */
  public Map<Node, MicroBatchGradient> take(Set<Node> nodes) {
    return tree.take(nodes);
  }

  /** Whether all micro-batches are summed. */
  public boolean isComplete() {
    return tree.isComplete();
  }

  /**
   * Returns the sum over all micro-batches.
   *
   * @throws IllegalStateException if the tree is not {@link #isComplete() complete}
   */
  public MicroBatchGradient total() {
    return tree.total();
  }

  /**
   * Returns the nodes whose sums a worker sends: the largest subtrees within its micro-batches.
   *
   * @param begin the worker's first micro-batch
   * @param end the first micro-batch after its last one
   * @param microBatches M
   */
  public static Set<Node> ownedBy(int begin, int end, int microBatches) {
    Set<Node> nodes = new TreeSet<>();
    int at = begin;
    while (at < end) {
      Node node = new Node(0, at);
      while ((node.index() & 1) == 0
          && node.parent().begin() >= begin
          && node.parent().end(microBatches) <= end
          && node.end(microBatches) - node.begin() < microBatches) {
        node = node.parent();
      }
      nodes.add(node);
      at = node.end(microBatches);
    }
    return nodes;
  }

  /** Adds two sums, in the left sum's array. */
  private MicroBatchGradient plus(MicroBatchGradient left, MicroBatchGradient right) {
    float[] into = left.values();
    float[] from = right.values();
    for (int i = 0; i < into.length; i++) {
      into[i] += from[i];
    }
    type.round(into);
    return new MicroBatchGradient(left.loss() + right.loss(), into);
  }
}
