package org.sparklora.report.page;

import java.util.Base64;
import java.util.List;
import org.sparklora.report.event.RunEvent.ValidationPicture;
import org.sparklora.report.history.Thumbnail;
import org.sparklora.report.html.Figures;
import org.sparklora.report.html.Html;

/** The validation prompts side by side: the base model, then the trials, the best first. */
final class TunePictures {
  private TunePictures() {}

  static void write(Html html, TuneModel model) {
    List<TuneModel.Trial> drawn =
        model.ranked().stream().filter(trial -> !trial.pictures().isEmpty()).toList();
    List<ValidationPicture> prompts = drawn.get(0).pictures();
    html.open("div", "class", "rows");
    for (int i = 0; i < prompts.size(); i++) {
      ValidationPicture prompt = prompts.get(i);
      html.open("article", "class", "prompt");
      html.open("h3").text(prompt.prompt() + " ");
      html.element("small", "seed " + prompt.seed()).close();
      html.open("div", "class", "pair");
      picture(html, prompt.base(), prompt.prompt() + ", base model", "base", "");
      for (TuneModel.Trial trial : drawn) {
        picture(
            html,
            trial.pictures().get(i).adapted(),
            prompt.prompt() + ", " + trial.title(),
            trial.title() + ", step " + Figures.of(trial.steps()),
            trial.number() == model.best() ? "best" : "");
      }
      html.close().close();
    }
    html.close();
  }

  private static void picture(Html html, byte[] png, String words, String caption, String look) {
    html.open("figure", "class", look);
    html.empty(
        "img",
        "src",
        "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(Thumbnail.jpeg(png)),
        "alt",
        words);
    html.element("figcaption", caption).close();
  }
}
