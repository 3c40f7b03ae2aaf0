package org.sparklora.report.html;

import java.util.ArrayList;
import java.util.List;
import org.sparklora.report.history.Curve;

/** An exponential running mean that is corrected for its start. */
public final class Smoothing {
  private static final long LEAST_STEPS = 20;
  private static final int PARTS = 30;

  private Smoothing() {}

  /** About the number of steps that the mean looks back: a thirtieth of the curve. */
  public static long horizon(Curve curve) {
    return curve.isEmpty()
        ? LEAST_STEPS
        : Math.max(LEAST_STEPS, (curve.last().last() - curve.buckets().get(0).first()) / PARTS);
  }

  public static Line of(String name, String look, Curve curve) {
    double horizon = horizon(curve);
    List<Line.Point> points = new ArrayList<>();
    double sum = 0;
    double weight = 0;
    for (Curve.Bucket bucket : curve.buckets()) {
      double kept = Math.exp(-bucket.count() / horizon);
      sum = sum * kept + bucket.mean() * (1 - kept);
      weight = weight * kept + (1 - kept);
      double mean = sum / weight;
      points.add(new Line.Point(bucket.middle(), mean, mean, mean));
    }
    return new Line(name, look, points, false);
  }
}
