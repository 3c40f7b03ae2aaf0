package org.sparklora.report.history;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.sparklora.train.step.TimeSplit;
import org.sparklora.util.Times;

/** The share of the time in which workers compute, and the causes of waiting in the rest. */
public final class Utilisation {
  private static final double LEAST_SHARE = 0.0005;

  private Utilisation() {}

  /**
   * Returns a text such as {@code 93.1 % of 2 min; waiting for data 4.0 %, exchange 1.9 %, driver
   * 1.0 %}.
   *
   * @param split where the time of the steps went, summed
   * @param wall seconds from the first step to the last, pauses included
   */
  public static String text(TimeSplit split, double wall) {
    Map<String, Double> rest = new LinkedHashMap<>();
    rest.put("waiting for data", split.data());
    rest.put("exchange", split.exchange());
    rest.put("driver", split.driver());
    rest.put("starting", split.start());
    rest.put("between steps", wall - split.seconds());
    String text = share(split.compute(), wall) + " of " + Times.span(wall);
    String others =
        rest.entrySet().stream()
            .filter(part -> part.getValue() >= LEAST_SHARE * wall)
            .map(part -> part.getKey() + " " + share(part.getValue(), wall))
            .collect(Collectors.joining(", "));
    return others.isEmpty() ? text : text + "; " + others;
  }

  private static String share(double seconds, double wall) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * seconds / wall);
  }
}
