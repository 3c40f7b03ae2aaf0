package org.sparklora.report.page;

import java.util.Optional;
import org.sparklora.report.history.Note;
import org.sparklora.report.history.RunHistory;
import org.sparklora.report.html.Command;
import org.sparklora.report.html.Figures;
import org.sparklora.report.html.Html;

/**
 * Explains why a run stopped, and shows the command that continues it. It is absent once the run is
 * finished.
 */
final class GoOn {
  private GoOn() {}

  static void write(Html html, PageModel model) {
    if (model.isFinished()) {
      return;
    }
    html.open("section", "class", "goon", "id", "goon", "aria-labelledby", "goon-title");
    if (model.isRunning()) {
      running(html, model);
    } else {
      html.element(
          "h2",
          model.state().equals("failed") ? "Why it failed" : "Why it stopped",
          "id",
          "goon-title");
      model.history().notes().all().stream()
          .filter(note -> note.kind() == Note.Kind.END)
          .reduce((first, last) -> last)
          .ifPresent(note -> html.element("p", note.text(), "class", "reason"));
      how(html, model);
    }
    html.close();
  }

  /**
   * Writes the text about a run that was killed without writing a last page. The page's script
   * shows it once the page is too old.
   */
  private static void running(Html html, PageModel model) {
    html.open("p", "class", "reason", "id", "silent", "hidden", "hidden");
    html.element("strong", "Not heard of for ").element("b", "", "id", "silence");
    html.text(
        ", since step "
            + Figures.of(model.history().step())
            + ". Unless this is an old copy of the page, the driver process was killed or lost its"
            + " machine.");
    html.close();
    html.open("details", "id", "if-it-stops");
    html.open("summary").element("span", "Should it stop", "id", "goon-title").close();
    html.element(
        "p",
        "The page is written at least every "
            + model.everySeconds()
            + " s while the run lives. If the time above is much older, the run is gone.");
    how(html, model);
    html.close();
  }

  private static void how(Html html, PageModel model) {
    Optional<RunHistory.Saved> saved = model.history().saved();
    html.open("p");
    if (saved.isPresent()) {
      html.text("Last whole checkpoint: step " + Figures.of(saved.get().step()) + ", ");
      html.element("code", Figures.place(saved.get().folder())).text(". ");
      long again = model.history().step() - saved.get().step();
      html.text(
          again > 0 ? Figures.steps(again) + " will be computed anew, to the same bits. " : "");
    } else {
      html.text(
          "There is no checkpoint yet: the run starts again, with the latents that are encoded. ");
    }
    html.text("To go on:").close();
    Command.write(html, model.facts().resume().text());
    if (!model.facts().resume().secrets().isEmpty()) {
      html.element(
          "p",
          "Left out, because they are secrets: "
              + String.join(", ", model.facts().resume().secrets())
              + ". Give them as before.");
    }
  }
}
