package org.sparklora.report.html;

import java.util.ArrayList;
import java.util.List;

/**
 * A range of values with round numbers in it.
 *
 * @param from its lower end
 * @param to its upper end
 * @param ticks the round numbers
 */
public record Axis(double from, double to, List<Double> ticks) {
  /** A range that contains these values and ends at round numbers. */
  static Axis around(double least, double most, int about) {
    double spread = most - least;
    // A constant is a line in the middle.
    double low = spread > 0 ? least : least - Math.max(Math.abs(least) * 0.5, 1e-9);
    double high = spread > 0 ? most : most + Math.max(Math.abs(most) * 0.5, 1e-9);
    if (least >= 0) {
      low = low < (high - low) * 0.6 ? 0 : Math.max(0, low);
    }
    double step = roundStep((high - low) / about);
    double from = Math.floor(low / step + 1e-9) * step;
    double to = Math.ceil(high / step - 1e-9) * step;
    return new Axis(from, to, ticks(from, to, step));
  }

  /** A range whose ends are given. */
  public static Axis between(double from, double to, int about) {
    double end = to > from ? to : from + 1;
    double step = Math.max(1, roundStep((end - from) / about));
    return new Axis(from, end, ticks(Math.ceil(from / step) * step, end, step));
  }

  private static List<Double> ticks(double from, double to, double step) {
    List<Double> ticks = new ArrayList<>();
    for (int i = 0; from + i * step <= to + step * 1e-6; i++) {
      ticks.add(from + i * step);
    }
    return List.copyOf(ticks);
  }

  /** 1, 2 or 5 times a power of ten. */
  private static double roundStep(double rough) {
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double times = rough / power;
    return power * (times > 5 ? 10 : times > 2 ? 5 : times > 1 ? 2 : 1);
  }

  /** The relative place of a value in the range, 0 to 1. */
  double place(double value) {
    return (value - from) / (to - from);
  }
}
