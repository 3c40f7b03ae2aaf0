package org.sparklora.report.page;

import java.time.Instant;
import org.sparklora.report.history.Curve;
import org.sparklora.report.history.Quantity;
import org.sparklora.report.html.Figures;
import org.sparklora.report.html.Html;
import org.sparklora.report.html.Line;
import org.sparklora.report.html.Smoothing;
import org.sparklora.util.Times;

/** The top of the page: the run's name, its state and its most important numbers. */
final class Masthead {
  private Masthead() {}

  static void write(Html html, PageModel model) {
    html.open("header");
    html.element("p", of(model), "class", "of");
    html.element("h1", model.run().name());
    html.open("p", "class", "state", "id", "state");
    html.element("strong", word(model));
    html.text(" " + where(model));
    model
        .secondsLeft()
        .filter(left -> model.isRunning())
        .ifPresent(
            left -> html.element("span", ", about " + Times.span(left) + " left", "class", "left"));
    html.close();
    long steps = model.history().course().steps();
    if (steps > 0) {
      html.element(
          "progress",
          "",
          "max",
          String.valueOf(steps),
          "value",
          String.valueOf(model.history().step()),
          "aria-label",
          "steps trained");
    }
    html.open("p", "class", "heard", "id", "heard").text("Last written ");
    html.element(
        "time", Times.moment(Instant.ofEpochMilli(model.now())), "datetime", iso(model.now()));
    html.close();
    numbers(html, model);
    html.close();
  }

  private static String of(PageModel model) {
    return Figures.place(model.run().baseModel()) + " + " + Figures.place(model.run().dataset());
  }

  private static String word(PageModel model) {
    return switch (model.attempt().end()) {
      case RUNNING -> model.history().course().steps() == 0 ? "Preparing" : "Training";
      case FINISHED -> "Finished";
      case FAILED -> "Failed";
      case KILLED, LOST -> "Stopped";
    };
  }

  private static String where(PageModel model) {
    long steps = model.history().course().steps();
    if (steps == 0) {
      return "before the first step";
    }
    return "step " + Figures.of(model.history().step()) + " of " + Figures.of(steps);
  }

  private static void numbers(Html html, PageModel model) {
    html.open("dl", "class", "numbers");
    Line smoothed = Smoothing.of("", "", model.history().curve(Quantity.LOSS));
    if (!smoothed.isEmpty()) {
      number(html, "loss, smoothed", Figures.of(smoothed.last().value()));
    }
    Curve heldOut = model.history().curve(Quantity.HELD_OUT_LOSS);
    if (!heldOut.isEmpty()) {
      number(html, "held-out loss", Figures.of(heldOut.last().mean()));
    }
    Curve speed = model.history().curve(Quantity.IMAGES_PER_SECOND);
    if (!speed.isEmpty()) {
      number(html, "images a second", Figures.of(speed.last().mean()));
    }
    if (model.history().course().workers() > 0) {
      number(html, "workers", Figures.of((long) model.history().course().workers()));
    }
    double seconds = (model.attempt().heardAt() - model.attempt().startedAt()) / 1000.0;
    number(
        html,
        model.attempt().number() > 1
            ? "attempt " + model.attempt().number()
            : model.isRunning() ? "so far" : "in all",
        Times.span(seconds));
    html.close();
  }

  private static void number(Html html, String name, String value) {
    html.open("div").element("dt", name).element("dd", value).close();
  }

  private static String iso(long epochMillis) {
    return Instant.ofEpochMilli(epochMillis).toString();
  }
}
