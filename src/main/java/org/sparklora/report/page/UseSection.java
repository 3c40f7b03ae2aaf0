package org.sparklora.report.page;

import org.sparklora.report.ResumeCommand;
import org.sparklora.report.history.PictureSet;

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
            .orElse("a prompt like the captions");
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
    return """
        from diffusers import StableDiffusionPipeline

        pipeline = StableDiffusionPipeline.from_pretrained(%s)
        pipeline.load_lora_weights(%s)
        pipeline(%s).images[0].save("picture.png")"""
        .formatted(quoted(model.run().baseModel()), quoted(path), quoted(prompt));
  }

  /** A string of Python. */
  private static String quoted(String text) {
    String escaped = text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    return '"' + escaped + '"';
  }
}
