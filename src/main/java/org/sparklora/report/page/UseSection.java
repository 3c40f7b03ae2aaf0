package org.sparklora.report.page;

import java.util.List;
import java.util.Map;
import org.sparklora.report.event.ResumeCommand;
import org.sparklora.report.history.PictureSet;
import org.sparklora.report.html.Command;
import org.sparklora.report.html.Figures;
import org.sparklora.report.html.Html;

/** How to draw with the adapter. */
final class UseSection implements Section {
  @Override
  public String title() {
    return "Use the adapter";
  }

  @Override
  public boolean isIn(PageModel model) {
    return model.adapterFolder().isPresent();
  }

  @Override
  public void write(Html html, PageModel model) {
    String path = Figures.place(model.adapterFolder().orElseThrow());
    if (!model.isFinished()) {
      html.element("p", "The run is not finished; this is its last checkpoint.");
    }
    String prompt =
        model.history().pictures().all().stream()
            .flatMap(set -> set.pairs().stream())
            .findFirst()
            .map(PictureSet.Pair::prompt)
            .orElseGet(
                () ->
                    tokens(model).isEmpty()
                        ? "a prompt like the captions"
                        : "a picture of " + String.join(" ", tokens(model)));
    Command.write(
        html,
        "java -jar spark-lora.jar generate \\\n  --adapter="
            + ResumeCommand.quoted(path)
            + " \\\n  --prompt="
            + ResumeCommand.quoted(prompt)
            + " \\\n  --output_dir=pictures");
    html.element("p", "With diffusers:");
    Command.write(html, python(model, path, prompt));
    html.open("p", "class", "aside").text("Other formats: ");
    html.element("code", "spark-lora.jar convert").text("; into the base model's weights: ");
    html.element("code", "spark-lora.jar merge").close();
  }

  private static String python(PageModel model, String path, String prompt) {
    return new PythonLines(
            model.run().baseModel(),
            model.run().flags(),
            path,
            model.run().modules() > 0,
            tokens(model),
            model.run().tokenEmbeddings(),
            prompt)
        .text();
  }

  /** The learned tokens: one for textual inversion, several for pivotal tuning. */
  private static List<String> tokens(PageModel model) {
    Map<String, String> flags = model.run().flags();
    String tokens =
        flags.getOrDefault("placeholder_token", flags.getOrDefault("placeholder_tokens", ""));
    return tokens.isEmpty() ? List.of() : List.of(tokens.split("\\|", -1));
  }
}
