package org.sparklora.report.html;

import java.util.List;
import org.sparklora.report.history.Curve;

/**
 * A line of a chart.
 *
 * @param name in the legend
 * @param look its class in the style sheet
 * @param points in order
 * @param range whether to show the smallest and largest value of the steps that a point stands for
 */
public record Line(String name, String look, List<Point> points, boolean range) {
  /** A point; least and most are of the steps it stands for. */
  public record Point(double step, double value, double least, double most) {
    private static Point of(Curve.Bucket bucket) {
      return new Point(bucket.middle(), bucket.mean(), bucket.min(), bucket.max());
    }

    Point times(double factor) {
      return new Point(step, value * factor, least * factor, most * factor);
    }
  }

  public Line {
    points = List.copyOf(points);
  }

  public static Line of(String name, String look, Curve curve) {
    return new Line(name, look, curve.buckets().stream().map(Point::of).toList(), true);
  }

  public Line in(double unit) {
    return new Line(
        name, look, points.stream().map(point -> point.times(1 / unit)).toList(), range);
  }

  public boolean isEmpty() {
    return points.isEmpty();
  }

  public Point last() {
    return points.get(points.size() - 1);
  }
}
