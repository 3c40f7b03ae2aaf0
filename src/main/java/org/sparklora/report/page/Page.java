package org.sparklora.report.page;

import java.util.List;
import java.util.Locale;
import org.sparklora.report.html.Asset;
import org.sparklora.report.html.Html;

/**
 * The page: one file that needs nothing else. Its content security policy allows only its own
 * script, and loads nothing.
 */
public final class Page {
  private static final Asset STYLE = Asset.load(Page.class, "page.css");
  private static final Asset SCRIPT = Asset.load(Page.class, "page.js");

  private static final List<Section> SECTIONS =
      List.of(
          new CurvesSection(),
          new PicturesSection(),
          new TimeLineSection(),
          new DataSection(),
          new CostSection(),
          new UseSection(),
          new ConfigurationSection(),
          new ProvenanceSection());

  private static final String FOOTER =
      "Times are UTC. This file needs nothing beside it: keep it, or send it on.";

  private Page() {}

  /** The page's content security policy, for a server of the page. */
  public static String policy() {
    return "default-src 'none'; img-src data:; connect-src 'self'; base-uri 'none'; form-action"
        + " 'none'; style-src "
        + STYLE.source()
        + "; script-src "
        + SCRIPT.source();
  }

  /** The whole file. */
  public static String of(PageModel model) {
    Html html = new Html().markup("<!DOCTYPE html>\n");
    html.open("html", "lang", "en");
    head(html, model);
    html.open(
        "body",
        "data-state",
        model.state(),
        "data-written",
        String.valueOf(model.now()),
        "data-every",
        String.valueOf(model.everySeconds()));
    html.element("a", "To the curves", "class", "skip", "href", "#main");
    Masthead.write(html, model);
    html.open("main", "id", "main");
    GoOn.write(html, model);
    for (Section section : SECTIONS) {
      if (section.isIn(model)) {
        section(html, model, section);
      }
    }
    html.close();
    html.open("footer").element("p", FOOTER).close();
    html.close();
    html.open("script").markup(SCRIPT.text()).close();
    html.close();
    return html.toString();
  }

  private static void head(Html html, PageModel model) {
    html.open("head").empty("meta", "charset", "utf-8");
    html.empty("meta", "http-equiv", "Content-Security-Policy", "content", policy());
    html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html.empty("meta", "name", "color-scheme", "content", "light dark");
    html.empty("meta", "name", "robots", "content", "noindex");
    if (model.isRunning()) {
      html.open("noscript");
      String every = String.valueOf(Math.max(5, model.everySeconds()));
      html.empty("meta", "http-equiv", "refresh", "content", every).close();
    }
    html.empty("link", "rel", "icon", "href", "data:,");
    html.element("title", model.run().name() + ": " + model.state());
    html.open("style").markup(STYLE.text()).close().close();
  }

  private static void section(Html html, PageModel model, Section section) {
    String id = section.title().toLowerCase(Locale.ROOT).replace(' ', '-');
    html.open("section", "aria-labelledby", id);
    html.element("h2", section.title(), "id", id);
    html.open("div", "class", "body");
    section.write(html, model);
    html.close().close();
  }
}
