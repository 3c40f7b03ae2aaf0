package org.sparklora.report.page;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.sparklora.report.history.Note;
import org.sparklora.report.history.Notes;
import org.sparklora.report.html.Figures;
import org.sparklora.report.html.Html;
import org.sparklora.util.Times;

/** The time line: attempts, workers, incidents. */
final class TimeLineSection implements Section {
  @Override
  public String title() {
    return "Time line";
  }

  @Override
  public void write(Html html, PageModel model) {
    Notes notes = model.history().notes();
    List<Note> all = notes.all();
    long incidents = all.stream().filter(note -> note.kind() == Note.Kind.INCIDENT).count();
    html.element(
        "p",
        incidents == 0
            ? "No incidents."
            : Figures.of(incidents + notes.leftOut())
                + (incidents + notes.leftOut() == 1 ? " incident." : " incidents."));
    html.open("ol", "class", "timeline");
    int attempt = 0;
    for (Note note : all) {
      if (note.attempt() != attempt && model.history().attempts().size() > 1) {
        html.element("li", "Attempt " + note.attempt(), "class", "attempt");
      }
      attempt = note.attempt();
      html.open("li", "class", note.kind().name().toLowerCase(Locale.ROOT));
      html.element("time", Times.moment(Instant.ofEpochMilli(note.at())));
      html.element("span", "step " + Figures.of(note.step()), "class", "at");
      html.element("span", note.text(), "class", "what").close();
    }
    html.close();
    if (notes.leftOut() > 0) {
      html.element(
          "p",
          Figures.of(notes.leftOut()) + " lines between the first and the last are not kept.",
          "class",
          "aside");
    }
    if (model.history().course().skipped() > 0) {
      html.element(
          "p",
          Figures.steps(model.history().course().skipped())
              + " had a gradient that was not finite and changed the loss scale only.",
          "class",
          "aside");
    }
  }
}
