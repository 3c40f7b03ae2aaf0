package org.sparklora.report;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The {@code README.md} beside an adapter: front matter that hubs and loaders read, the recipe, and
 * how to use it.
 *
 * @param baseModel the model it was trained on
 * @param dataset what it was trained with
 * @param flags the run's flags, without secrets
 * @param prompts what the sample picture shows
 * @param hasImage whether there is a sample picture
 */
public record ModelCard(
    String baseModel,
    String dataset,
    Map<String, String> flags,
    List<String> prompts,
    boolean hasImage) {
  /** The sample picture's name beside the card. */
  public static final String IMAGE_NAME = "samples.png";

  public ModelCard {
    flags = new TreeMap<>(flags);
    prompts = List.copyOf(prompts);
  }

  /** The card as Markdown. */
  public String text() {
    StringBuilder card = new StringBuilder();
    card.append("---\nbase_model: ").append(yaml(baseModel)).append('\n');
    card.append("library_name: diffusers\ninference: true\ntags:\n");
    for (String tag :
        List.of(
            "stable-diffusion",
            "stable-diffusion-diffusers",
            "text-to-image",
            "diffusers",
            "diffusers-training",
            "lora",
            "spark-lora")) {
      card.append("- ").append(tag).append('\n');
    }
    card.append("---\n\n# LoRA adapter for ").append(baseModel).append("\n\n");
    card.append("Trained on ").append(dataset).append(" with spark-lora.\n\n");
    if (hasImage) {
      card.append("![Base model above, with the adapter below: ")
          .append(String.join("; ", prompts))
          .append("](")
          .append(IMAGE_NAME)
          .append(")\n\n");
    }
    card.append(
        """
        ## Use

        ```python
        from diffusers import DiffusionPipeline, DPMSolverMultistepScheduler

        pipe = DiffusionPipeline.from_pretrained("%s")
        pipe.scheduler = DPMSolverMultistepScheduler.from_config(pipe.scheduler.config)
        pipe.load_lora_weights(".", weight_name="pytorch_lora_weights.safetensors")
        image = pipe("...", num_inference_steps=25).images[0]
        ```

        ## Recipe

        """
            .formatted(baseModel.replace("\"", "\\\"")));
    flags.forEach(
        (flag, value) -> card.append("    --").append(flag).append('=').append(value).append('\n'));
    return card.toString();
  }

  private static String yaml(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
