package org.sparklora.report.page;

import java.time.Instant;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.history.Attempt;
import org.sparklora.report.html.Facts;
import org.sparklora.report.html.Figures;
import org.sparklora.report.html.Html;
import org.sparklora.util.Times;

/** The versions, hardware and seed that the result depends on. */
final class ProvenanceSection implements Section {
  @Override
  public String title() {
    return "Provenance";
  }

  @Override
  public void write(Html html, PageModel model) {
    RunEvent.RunDescription run = model.run();
    html.open("dl", "class", "facts");
    Facts.fact(html, "Base model", Figures.place(run.baseModel()));
    Facts.fact(
        html,
        "Trained",
        Figures.of(run.parameters())
            + " parameters in "
            + Figures.of((long) run.modules())
            + " modules");
    model.facts().provenance().forEach(fact -> Facts.fact(html, fact.name(), fact.value()));
    for (Attempt attempt : model.history().attempts()) {
      Facts.fact(
          html,
          "Attempt " + attempt.number(),
          attempt.applicationId()
              + ", from "
              + Times.moment(Instant.ofEpochMilli(attempt.startedAt())));
    }
    Facts.fact(html, "Output folder", Figures.place(run.outputDir()));
    html.close();
  }
}
