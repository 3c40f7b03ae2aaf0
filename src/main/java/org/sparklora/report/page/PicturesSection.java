package org.sparklora.report.page;

import java.util.Base64;
import java.util.List;
import org.sparklora.report.history.PictureSet;
import org.sparklora.report.html.Figures;
import org.sparklora.report.html.Html;

/** Validation pictures: a slider over steps. Without scripts all steps are shown, a row each. */
final class PicturesSection implements Section {
  @Override
  public String title() {
    return "Pictures";
  }

  @Override
  public boolean isIn(PageModel model) {
    return !model.history().pictures().all().isEmpty();
  }

  @Override
  public void write(Html html, PageModel model) {
    List<PictureSet> sets = model.history().pictures().all();
    int last = sets.size() - 1;
    html.open("div", "class", "pictures", "data-shown", String.valueOf(last));
    if (last > 0) {
      html.open("p", "class", "slider").element("label", "Adapter after step ", "for", "at");
      html.element("output", Figures.of(sets.get(last).step()), "for", "at", "id", "at-step");
      html.empty(
          "input", "type", "range", "id", "at", "min", "0", "max", text(last), "value", text(last));
      html.close();
    }
    html.open("div", "class", "rows");
    for (PictureSet.Pair pair : sets.get(last).pairs()) {
      row(html, model, pair);
    }
    html.close();
    int more = sets.get(last).more();
    if (more > 0) {
      html.element("p", more + " more were drawn and are not shown here.", "class", "aside");
    }
    html.close();
  }

  private static void row(Html html, PageModel model, PictureSet.Pair latest) {
    html.open("article", "class", "prompt");
    html.open("h3").text(latest.prompt() + " ");
    html.element("small", "seed " + latest.seed()).close();
    html.open("div", "class", "pair");
    model
        .history()
        .pictures()
        .base(latest)
        .ifPresent(base -> picture(html, base, latest.prompt() + ", base model", "base", ""));
    List<PictureSet> sets = model.history().pictures().all();
    for (int i = 0; i < sets.size(); i++) {
      PictureSet set = sets.get(i);
      String at = text(i);
      set.pairs().stream()
          .filter(pair -> pair.prompt().equals(latest.prompt()) && pair.seed() == latest.seed())
          .findFirst()
          .ifPresent(
              pair ->
                  picture(
                      html,
                      pair.adapted(),
                      pair.prompt() + ", adapter after step " + set.step(),
                      "step " + Figures.of(set.step()),
                      at));
    }
    html.close().close();
  }

  /**
   * A picture.
   *
   * @param set the number of its set; empty for the base model's
   */
  private static void picture(Html html, byte[] jpeg, String words, String caption, String set) {
    html.open("figure", "class", set.isEmpty() ? "base" : "adapted", "data-set", set);
    html.empty(
        "img",
        "src",
        "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(jpeg),
        "alt",
        words);
    html.element("figcaption", caption).close();
  }

  private static String text(int number) {
    return String.valueOf(number);
  }
}
