package org.sparklora.report.html;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/**
 * Curves over steps as SVG. The plot stretches to its frame. The numbers beside it keep their size,
 * so they stay readable on a phone.
 *
 * @param title above it
 * @param unit behind its numbers; may be empty
 * @param steps the axis that the curves share
 * @param marks steps at which something happened
 */
public record Chart(
    String title, String unit, boolean wide, List<Line> lines, Axis steps, List<Long> marks) {
  private static final int SIZE = 1000;
  private static final int TICKS = 4;

  /** A peak is drawn in full if it is at most this many times the 95th percentile of the values. */
  private static final int PEAK = 4;

  public void write(Html html) {
    List<Line> drawn = lines.stream().filter(line -> !line.isEmpty()).toList();
    html.open("figure", "class", wide ? "chart wide" : "chart");
    html.open("figcaption").element("h3", title);
    if (drawn.isEmpty()) {
      html.element("p", "nothing yet", "class", "legend").close().close();
      return;
    }
    double[] sorted = drawn.stream().flatMapToDouble(Chart::extent).sorted().toArray();
    Axis values = Axis.around(sorted[0], usual(sorted), TICKS);
    legend(html, drawn, values, sorted[sorted.length - 1]);
    html.close();
    html.open("div", "class", "frame");
    valueLabels(html, values);
    plot(html, drawn, values);
    stepLabels(html);
    html.close().close();
  }

  /**
   * Returns the upper end of the axis of values: the largest value or, if that is a peak that would
   * flatten all others, twice the 95th percentile.
   */
  private static double usual(double[] sorted) {
    double most = sorted[sorted.length - 1];
    double common = sorted[(int) (0.95 * (sorted.length - 1))];
    return sorted[0] >= 0 && most > PEAK * common && common > 0 ? 2 * common : most;
  }

  private static DoubleStream extent(Line line) {
    return line.points().stream()
        .flatMapToDouble(
            point ->
                line.range()
                    ? DoubleStream.of(point.least(), point.most())
                    : DoubleStream.of(point.value()));
  }

  private void legend(Html html, List<Line> drawn, Axis values, double most) {
    html.open("p", "class", "legend");
    for (Line line : drawn) {
      html.open("span", "class", line.name().isEmpty() ? "" : "key " + line.look());
      html.text(line.name() + " ").element("b", number(line.last().value())).close();
    }
    if (most > values.to()) {
      html.element("span", "peak " + number(most));
    }
    html.close().element("output", "", "class", "read");
  }

  private String number(double value) {
    return Figures.of(value) + (unit.isEmpty() ? "" : " " + unit);
  }

  private static void valueLabels(Html html, Axis values) {
    html.open("svg", "class", "values", "aria-hidden", "true");
    for (double tick : values.ticks()) {
      html.element(
          "text",
          Figures.of(tick),
          "x",
          "100%",
          "y",
          percent(1 - values.place(tick)),
          "dy",
          ".32em",
          "text-anchor",
          "end");
    }
    html.close();
  }

  private void stepLabels(Html html) {
    html.open("svg", "class", "steps", "aria-hidden", "true");
    for (double tick : steps.ticks()) {
      double place = steps.place(tick);
      String anchor = place > 0.95 ? "end" : place < 0.05 ? "start" : "middle";
      html.element(
          "text",
          Figures.of(Math.round(tick)),
          "x",
          percent(place),
          "y",
          "1em",
          "text-anchor",
          anchor);
    }
    html.close();
  }

  private void plot(Html html, List<Line> drawn, Axis values) {
    html.open(
        "svg",
        "class",
        "plot",
        "viewBox",
        "0 0 " + SIZE + " " + SIZE,
        "preserveAspectRatio",
        "none",
        "role",
        "img",
        "tabindex",
        "0",
        "aria-label",
        summary(drawn),
        "data-from",
        text(steps.from()),
        "data-to",
        text(steps.to()),
        "data-unit",
        unit);
    String grid =
        values.ticks().stream()
            .map(tick -> "M0 " + coordinate(1 - values.place(tick)) + "H" + SIZE)
            .collect(Collectors.joining());
    path(html, "grid", grid);
    String happened =
        marks.stream()
            .map(step -> "M" + coordinate(steps.place((double) step)) + " 0V" + SIZE)
            .collect(Collectors.joining());
    path(html, "mark", happened);
    drawn.stream().filter(Line::range).forEach(line -> band(html, line, values));
    drawn.forEach(line -> line(html, line, values));
    html.close();
  }

  private static void path(Html html, String look, String d) {
    if (!d.isEmpty()) {
      html.open("path", "class", look, "d", d).close();
    }
  }

  /** Draws the range from least to most of the steps that each point stands for. */
  private void band(Html html, Line line, Axis values) {
    List<Line.Point> points = line.points();
    if (points.stream().allMatch(point -> point.least() == point.most())) {
      return;
    }
    StringBuilder d = new StringBuilder();
    for (Line.Point point : points) {
      at(d, point.step(), point.most(), values);
    }
    for (int i = points.size() - 1; i >= 0; i--) {
      at(d, points.get(i).step(), points.get(i).least(), values);
    }
    path(html, "band " + line.look(), d.append('Z').toString());
  }

  private void line(Html html, Line line, Axis values) {
    StringBuilder d = new StringBuilder();
    line.points().forEach(point -> at(d, point.step(), point.value(), values));
    if (line.points().size() == 1) {
      d.append("h0"); // a round cap makes it a dot
    }
    html.open(
        "path",
        "class",
        "line " + line.look(),
        "d",
        d.toString(),
        "data-name",
        line.name(),
        "data-steps",
        line.points().stream().map(p -> text(p.step())).collect(Collectors.joining(" ")),
        "data-values",
        line.points().stream().map(p -> Figures.of(p.value())).collect(Collectors.joining(" ")));
    html.close();
  }

  private void at(StringBuilder d, double step, double value, Axis values) {
    d.append(d.length() == 0 ? 'M' : 'L');
    d.append(coordinate(steps.place(step))).append(' ');
    d.append(coordinate(1 - values.place(value)));
  }

  /** Describes the chart in words. */
  private String summary(List<Line> drawn) {
    return drawn.stream()
        .map(
            line -> {
              Line.Point first = line.points().get(0);
              Line.Point last = line.last();
              return String.format(
                  Locale.ROOT,
                  "%s, %s: %s at step %s, %s at step %s",
                  title,
                  line.name(),
                  number(first.value()),
                  text(first.step()),
                  number(last.value()),
                  text(last.step()));
            })
        .collect(Collectors.joining("; "));
  }

  private static String coordinate(double share) {
    return text(Math.round(share * SIZE * 10) / 10.0);
  }

  private static String percent(double share) {
    return text(Math.round(share * 1000) / 10.0) + "%";
  }

  private static String text(double number) {
    return number == Math.rint(number)
        ? String.valueOf((long) number)
        : String.format(Locale.ROOT, "%.1f", number);
  }
}
