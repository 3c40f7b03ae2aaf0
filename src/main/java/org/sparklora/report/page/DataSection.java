package org.sparklora.report.page;

import org.sparklora.report.history.RunHistory;
import org.sparklora.report.html.Facts;
import org.sparklora.report.html.Figures;
import org.sparklora.report.html.Html;

/** The data that is trained on, and the rows that were left out. */
final class DataSection implements Section {
  /** The folder, within the cache's, of the table of rows that were left out. */
  private static final String LEFT_OUT_TABLE = "bad_images";

  @Override
  public String title() {
    return "Data";
  }

  @Override
  public boolean isIn(PageModel model) {
    return model.history().data().isPresent();
  }

  @Override
  public void write(Html html, PageModel model) {
    RunHistory.Data data = model.history().data().orElseThrow();
    RunHistory.Course course = model.history().course();
    html.open("dl", "class", "facts");
    Facts.fact(html, "Data set", Figures.place(model.run().dataset()));
    Facts.fact(html, "Pictures", Figures.of(data.pictures()));
    Facts.fact(html, "Left out", Figures.of(data.leftOut()));
    if (course.steps() > 0 && data.pictures() > 0) {
      double seen = (double) model.history().step() * course.imagesPerStep();
      Facts.fact(html, "Pictures a step", Figures.of((long) course.imagesPerStep()));
      Facts.fact(
          html,
          "Seen so far",
          Figures.of(Math.round(seen))
              + ", "
              + Figures.of(seen / data.pictures())
              + " times the data set");
    }
    Facts.fact(
        html,
        "Latents",
        Figures.place(data.location())
            + (data.reused() ? " (found there, reused)" : " (encoded by this run)"));
    html.close();
    if (data.leftOut() > 0) {
      html.element("h3", "Left out");
      html.open("ul", "class", "reasons");
      data.firstLeftOut().forEach(reason -> html.element("li", reason));
      html.close();
      html.open("p", "class", "aside");
      long more = data.leftOut() - data.firstLeftOut().size();
      html.text(more > 0 ? Figures.of(more) + " more; all of them, as Parquet: " : "As Parquet: ");
      html.element("code", Figures.place(data.location()) + "/" + LEFT_OUT_TABLE).close();
    }
  }
}
