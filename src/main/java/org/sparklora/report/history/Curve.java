package org.sparklora.report.history;

import java.util.ArrayList;
import java.util.List;

/**
 * A quantity over steps in bounded memory: neighbouring steps share a bucket, twice as many each
 * time the buckets run out. Steps come in order; one that is there already is not taken again.
 */
public final class Curve {
  /** More than a screen has columns for at the width the curves are drawn in. */
  static final int MOST_BUCKETS = 512;

  /**
   * Neighbouring steps.
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

    /** Where it stands on the axis of steps. */
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

  /** Takes a value; one that is not finite is nothing to draw. */
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
   * Forgets what comes after a step, as it will be computed anew. The bucket that the step is in
   * the middle of stays, and its steps are not taken a second time.
   */
  void dropAfter(long step) {
    buckets.removeIf(bucket -> bucket.first() > step);
  }
}
