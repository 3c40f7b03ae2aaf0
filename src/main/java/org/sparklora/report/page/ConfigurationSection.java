package org.sparklora.report.page;

import java.util.List;
import org.sparklora.report.event.ReportFacts;
import org.sparklora.report.html.Html;

/** The flags in effect; those that were given come first. */
final class ConfigurationSection implements Section {
  private static final String DEFAULT = "default";

  @Override
  public String title() {
    return "Configuration";
  }

  @Override
  public boolean isIn(PageModel model) {
    return !model.facts().settings().isEmpty();
  }

  @Override
  public void write(Html html, PageModel model) {
    List<ReportFacts.Setting> all = model.facts().settings();
    table(html, all.stream().filter(setting -> !setting.from().equals(DEFAULT)).toList());
    List<ReportFacts.Setting> defaults =
        all.stream().filter(setting -> setting.from().equals(DEFAULT)).toList();
    if (!defaults.isEmpty()) {
      html.open("details");
      html.element("summary", defaults.size() + " more at their defaults");
      table(html, defaults);
      html.close();
    }
  }

  private static void table(Html html, List<ReportFacts.Setting> settings) {
    html.open("div", "class", "scroll", "tabindex", "0").open("table", "class", "settings");
    html.open("thead").open("tr");
    html.element("th", "flag", "scope", "col");
    html.element("th", "value", "scope", "col");
    html.element("th", "from", "scope", "col");
    html.close().close().open("tbody");
    for (ReportFacts.Setting setting : settings) {
      html.open("tr").open("th", "scope", "row").element("code", "--" + setting.name()).close();
      html.element("td", setting.value()).element("td", setting.from(), "class", "from").close();
    }
    html.close().close().close();
  }
}
