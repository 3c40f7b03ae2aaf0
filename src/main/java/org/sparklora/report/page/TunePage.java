package org.sparklora.report.page;

import java.util.List;
import java.util.Map;
import org.sparklora.report.html.Asset;
import org.sparklora.report.html.Axis;
import org.sparklora.report.html.Chart;
import org.sparklora.report.html.Figures;
import org.sparklora.report.html.Html;
import org.sparklora.report.html.Line;
import org.sparklora.util.Times;

/**
 * The page of a sweep: one file that needs nothing else and has no script. Its content security
 * policy loads nothing.
 */
public final class TunePage {
  private static final Asset STYLE = Asset.load(TunePage.class, "page.css");
  private static final Asset OWN_STYLE = Asset.load(TunePage.class, "tune.css");
  private static final String POLICY =
      "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src "
          + STYLE.source()
          + " "
          + OWN_STYLE.source();
  private static final Map<String, String> STATES =
      Map.of("Finished", "finished", "Stopped", "stopped", "Training", "running");
  private static final String FOOTER =
      "A trial's adapter has the bytes of a run of train with the same flags. This file needs"
          + " nothing beside it: keep it, or send it on.";

  private TunePage() {}

  /** The whole file. */
  public static String of(TuneModel model) {
    Html html = new Html().markup("<!DOCTYPE html>\n");
    html.open("html", "lang", "en");
    head(html, model);
    html.open("body", "data-state", STATES.get(model.state()));
    masthead(html, model);
    html.open("main", "id", "main");
    section(html, "Trials", "trials");
    TuneTable.write(html, model);
    html.close().close();
    section(html, "Curves", "curves");
    curves(html, model);
    html.close().close();
    if (model.trials().stream().anyMatch(trial -> !trial.pictures().isEmpty())) {
      section(html, "Pictures", "pictures");
      TunePictures.write(html, model);
      html.close().close();
    }
    html.close();
    html.open("footer").element("p", FOOTER).close();
    html.close().close();
    return html.toString();
  }

  private static void head(Html html, TuneModel model) {
    html.open("head").empty("meta", "charset", "utf-8");
    html.empty("meta", "http-equiv", "Content-Security-Policy", "content", POLICY);
    html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html.empty("meta", "name", "color-scheme", "content", "light dark");
    html.empty("meta", "name", "robots", "content", "noindex");
    html.empty("link", "rel", "icon", "href", "data:,");
    html.element("title", model.name() + ": " + model.trials().size() + " trials");
    html.open("style").markup(STYLE.text()).close();
    html.open("style").markup(OWN_STYLE.text()).close().close();
  }

  private static void section(Html html, String title, String id) {
    html.open("section", "aria-labelledby", id).element("h2", title, "id", id);
    html.open("div", "class", "body");
  }

  private static void masthead(Html html, TuneModel model) {
    html.open("header");
    html.element(
        "p",
        Figures.place(model.baseModel()) + " + " + Figures.place(model.dataset()),
        "class",
        "of");
    html.element("h1", model.name());
    html.open("p", "class", "state");
    html.element("strong", model.state());
    html.text(!model.stopped() && model.best() > 0 ? " trial " + model.best() + " is the best" : "")
        .close();
    written(html, model);
    html.open("dl", "class", "numbers");
    model
        .bestTrial()
        .ifPresent(
            best -> {
              number(html, "held-out loss", Figures.of(best.loss().orElse(Double.NaN)));
              best.heldOut().stream()
                  .filter(loss -> loss.step() == 0)
                  .forEach(loss -> number(html, "before training", Figures.of(loss.value())));
            });
    number(html, "trials", Figures.of((long) model.trials().size()));
    if (model.rungs().size() > 1) {
      number(html, "rungs", Figures.of((long) model.rungs().size()));
    }
    long trained = model.trials().stream().mapToLong(TuneModel.Trial::steps).sum();
    number(html, "steps in all", Figures.of(trained));
    html.close().close();
  }

  /** When the page was written, because a run that is killed cannot write another one. */
  private static void written(Html html, TuneModel model) {
    html.open("p", "class", "heard").text("Last written ");
    html.element(
        "time", Times.moment(model.written()), "datetime", String.valueOf(model.written()));
    if (model.stopped() || model.best() == 0) {
      html.text(
          model.stopped()
              ? ". The same command with --resume_from_checkpoint=latest goes on."
              : ", and again at each rung. Whether the run goes on, tells ");
      if (!model.stopped()) {
        html.element("a", "report.html", "href", "report.html").text(".");
      }
    }
    html.close();
  }

  private static void number(Html html, String name, String value) {
    html.open("div").element("dt", name).element("dd", value).close();
  }

  private static void curves(Html html, TuneModel model) {
    html.open("div", "class", "charts tune");
    chart(model, "Held-out loss", TuneModel.Trial::heldOut).write(html);
    chart(model, "Training loss", TuneModel.Trial::training).write(html);
    html.close();
    if (model.rungs().size() > 1) {
      html.element(
          "p",
          "Dotted: the rungs, at which the worst trials were stopped. Coloured: the best trial.",
          "class",
          "aside");
    }
  }

  private interface Curve {
    List<TuneModel.Loss> of(TuneModel.Trial trial);
  }

  /** The best trial's line is drawn last, above the others. */
  private static Chart chart(TuneModel model, String title, Curve curve) {
    List<TuneModel.Trial> order =
        model.trials().stream()
            .sorted(java.util.Comparator.comparing(trial -> trial.number() == model.best()))
            .toList();
    return new Chart(
        title,
        "",
        true,
        order.stream()
            .map(
                trial ->
                    new Line(
                        trial.title(),
                        trial.number() == model.best() ? "first" : "faint",
                        curve.of(trial).stream().map(TunePage::point).toList(),
                        false))
            .toList(),
        Axis.between(0, (double) model.lastStep(), 5),
        model.rungs().size() > 1 ? model.rungs().subList(0, model.rungs().size() - 1) : List.of());
  }

  private static Line.Point point(TuneModel.Loss loss) {
    return new Line.Point((double) loss.step(), loss.value(), loss.value(), loss.value());
  }
}
