package org.sparklora.report.page;

import java.util.List;
import java.util.Locale;
import org.sparklora.report.html.Figures;
import org.sparklora.report.html.Html;

/** The trials of a sweep as a table, the best first. */
final class TuneTable {
  /** Enough of a hash to compare with. */
  private static final int SHOWN = 12;

  private static final String COMPARED =
      "Each trial's held-out loss is of pictures that were encoded as its own. Trials with other"
          + " latents hold out the same pictures, but their losses are not on one scale: look at"
          + " the pictures, too.";

  private TuneTable() {}

  static void write(Html html, TuneModel model) {
    List<String> flags = model.flags();
    html.open("div", "class", "scroll", "tabindex", "0").open("table", "class", "trials");
    html.open("thead").open("tr").element("th", "trial", "scope", "col");
    flags.forEach(flag -> html.element("th", flag, "scope", "col"));
    List<String> names = List.of("steps", "held-out loss", "", "SHA-256");
    if (model.hasSeveralCaches()) {
      html.element("th", "latents", "scope", "col");
    }
    for (String name : names) {
      html.element("th", name, "scope", "col");
    }
    html.close().close().open("tbody");
    for (TuneModel.Trial trial : model.ranked()) {
      html.open("tr", "class", trial.number() == model.best() ? "best" : "");
      html.element("th", String.valueOf(trial.number()), "scope", "row");
      flags.forEach(flag -> html.element("td", trial.flags().getOrDefault(flag, "–")));
      if (model.hasSeveralCaches()) {
        html.open("td").element("code", beginning(trial.latents())).close();
      }
      html.element("td", Figures.of(trial.steps()));
      html.element(
          "td",
          trial.loss().isPresent()
              ? String.format(Locale.ROOT, "%.4f", trial.loss().getAsDouble())
              : "");
      html.element("td", ended(model, trial));
      html.open("td");
      html.element("code", beginning(trial.sha256()));
      html.close().close();
    }
    html.close().close().close();
    if (model.hasSeveralCaches()) {
      html.element("p", COMPARED, "class", "aside");
    }
  }

  private static String beginning(String hash) {
    return hash.substring(0, Math.min(SHOWN, hash.length()));
  }

  private static String ended(TuneModel model, TuneModel.Trial trial) {
    return switch (trial.end()) {
      case RUNNING -> model.stopped() ? "not finished" : "goes on";
      case FINISHED -> trial.number() == model.best() ? "the best" : "finished";
      case STOPPED -> "stopped";
      case FAILED -> "failed: " + trial.failure();
    };
  }
}
