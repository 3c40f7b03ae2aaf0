package org.sparklora.report.history;

import java.util.ArrayList;
import java.util.List;

/**
 * A quantity over steps in bounded memory. Neighbouring steps share a bucket; each time the buckets
 * run out, twice as many steps share one. Steps come in order. A step that is already there is
 * ignored.
 */
public final class Curve {
  /** The most buckets of a curve. It is more than the pixels of a curve's width. */
  static final int MOST_BUCKETS = 512;

  /**
   * Values of neighbouring steps.
   *
   * @param first the first step with a value
   * @param last the last one
   * @param count number of values
   */
  public record Bucket(long first, long last, long count, double sum, double min, double max) {
    private static Bucket of(long step, double value) {
      return new Bucket(step, step, 1, value, value, value);
    }

    private Bucket and(Bucket next) {
      return new Bucket(
          first,
          next.last,
          count + next.count,
          sum + next.sum,
          Math.min(min, next.min),
          Math.max(max, next.max));
    }

    public double mean() {
      return sum / count;
    }

    /** Its place on the axis of steps. */
    public double middle() {
      return (first + last) / 2.0;
    }
  }

  private final List<Bucket> buckets;
  private long width;

  Curve() {
    this(1, List.of());
  }

  Curve(long width, List<Bucket> buckets) {
    this.width = width;
    this.buckets = new ArrayList<>(buckets);
  }

  /** Steps a bucket may hold: a power of two. */
  long width() {
    return width;
  }

  public List<Bucket> buckets() {
    return List.copyOf(buckets);
  }

  public boolean isEmpty() {
    return buckets.isEmpty();
  }

  public Bucket last() {
    return buckets.get(buckets.size() - 1);
  }

  /** Adds a value. A value that is not finite is ignored. */
  void add(long step, double value) {
    if (!Double.isFinite(value) || (!isEmpty() && step <= last().last())) {
      return;
    }
    append(Bucket.of(step, value));
    while (buckets.size() > MOST_BUCKETS) {
      widen();
    }
  }

  private void append(Bucket next) {
    if (!isEmpty() && last().first() / width == next.first() / width) {
      buckets.set(buckets.size() - 1, last().and(next));
    } else {
      buckets.add(next);
    }
  }

  private void widen() {
    width *= 2;
    List<Bucket> narrow = List.copyOf(buckets);
    buckets.clear();
    narrow.forEach(this::append);
  }

  /**
   * Forgets the steps after a step, because they will be computed again. The bucket that contains
   * the step stays, and its steps are not added a second time.
   */
  void dropAfter(long step) {
    buckets.removeIf(bucket -> bucket.first() > step);
  }
}
