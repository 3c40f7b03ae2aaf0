package org.sparklora.report.page;

import java.util.List;
import org.sparklora.report.history.Curve;
import org.sparklora.report.history.Quantity;
import org.sparklora.report.html.Chart;
import org.sparklora.report.html.Figures;
import org.sparklora.report.html.Html;
import org.sparklora.report.html.Line;
import org.sparklora.report.html.Smoothing;

/** The curves over steps. */
final class CurvesSection implements Section {
  private static final double MEGABYTE = 1e6;
  private static final int ROWS = 12;

  @Override
  public String title() {
    return "Curves";
  }

  @Override
  public boolean isIn(PageModel model) {
    return !model.history().curve(Quantity.LOSS).isEmpty();
  }

  @Override
  public void write(Html html, PageModel model) {
    html.open("div", "class", "charts");
    Curve loss = model.history().curve(Quantity.LOSS);
    chart(
            model,
            "Loss",
            "",
            true,
            Line.of("each step", "faint", loss),
            Smoothing.of("mean over about " + Smoothing.horizon(loss) + " steps", "first", loss),
            line(model, "held out", "second", Quantity.HELD_OUT_LOSS))
        .write(html);
    chart(model, "Learning rate", "", false, line(model, "", "first", Quantity.LEARNING_RATE))
        .write(html);
    chart(
            model,
            "Gradient norm",
            "",
            false,
            line(model, "before clipping", "first", Quantity.GRADIENT_NORM))
        .write(html);
    chart(model, "Images a second", "", false, line(model, "", "first", Quantity.IMAGES_PER_SECOND))
        .write(html);
    chart(
            model,
            "Waiting for each other and the driver",
            "ms",
            false,
            line(model, "a step", "first", Quantity.SYNC_SECONDS).in(1e-3))
        .write(html);
    if (!model.history().curve(Quantity.DRIVER_BYTES).isEmpty()) {
      chart(
              model,
              "Memory",
              "MB",
              false,
              line(model, "largest worker process", "first", Quantity.WORKER_BYTES).in(MEGABYTE),
              line(model, "driver", "second", Quantity.DRIVER_BYTES).in(MEGABYTE))
          .write(html);
    }
    if (!model.history().curve(Quantity.DEVICE_BYTES).isEmpty()) {
      chart(
              model,
              "Memory of the fullest GPU",
              "MB",
              false,
              line(model, "in use", "first", Quantity.DEVICE_BYTES).in(MEGABYTE))
          .write(html);
    }
    html.close();
    if (!model.marks().isEmpty()) {
      html.element(
          "p",
          "Dashed: the run was resumed, or there is an entry in its time line.",
          "class",
          "aside");
    }
    numbers(html, model, loss);
  }

  private static Chart chart(
      PageModel model, String title, String unit, boolean wide, Line... lines) {
    return new Chart(title, unit, wide, List.of(lines), model.stepAxis(), model.marks());
  }

  private static Line line(PageModel model, String name, String look, Quantity quantity) {
    return Line.of(name, look, model.history().curve(quantity));
  }

  /** The curves as a short table, for readers who cannot see them. */
  private static void numbers(Html html, PageModel model, Curve loss) {
    html.open("details").element("summary", "In numbers");
    html.open("div", "class", "scroll", "tabindex", "0").open("table");
    html.open("thead").open("tr");
    for (String name : List.of("steps", "loss", "learning rate", "gradient norm", "images/s")) {
      html.element("th", name, "scope", "col");
    }
    html.close().close().open("tbody");
    int size = loss.buckets().size();
    int every = Math.max(1, (size + ROWS - 1) / ROWS);
    for (int i = size - 1; i >= 0; i -= every) {
      html.open("tr");
      Curve.Bucket bucket = loss.buckets().get(i);
      String steps =
          bucket.first() == bucket.last()
              ? Figures.of(bucket.first())
              : Figures.of(bucket.first()) + " to " + Figures.of(bucket.last());
      html.element("th", steps, "scope", "row").element("td", Figures.of(bucket.mean()));
      cell(html, model, Quantity.LEARNING_RATE, bucket);
      cell(html, model, Quantity.GRADIENT_NORM, bucket);
      cell(html, model, Quantity.IMAGES_PER_SECOND, bucket);
      html.close();
    }
    html.close().close().close().close();
  }

  private static void cell(Html html, PageModel model, Quantity quantity, Curve.Bucket at) {
    String text =
        model.history().curve(quantity).buckets().stream()
            .filter(bucket -> bucket.first() <= at.last() && bucket.last() >= at.first())
            .findFirst()
            .map(bucket -> Figures.of(bucket.mean()))
            .orElse("");
    html.element("td", text);
  }
}
