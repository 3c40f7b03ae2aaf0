package org.sparklora.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.sparklora.pipeline.StableDiffusionPipeline;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.pipeline.request.ImageSize;
import org.sparklora.pipeline.request.PromptReading;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.pipeline.request.XlConditions;
import org.sparklora.tensor.Ops;

/** Whole pictures, from noise that the reference has, with the base model's own scheduler. */
final class PipelineChecks {
  private static final String PIPELINES = "pipeline.";
  private static final int MOST_STEPS = 1000;

  private final Reference reference;
  private final Verification verification;

  PipelineChecks(Reference reference, Verification verification) {
    this.reference = reference;
    this.verification = verification;
  }

  void run() {
    List<String> names = reference.numbers(PIPELINES);
    if (names.isEmpty()) {
      return;
    }
    try (Ops ops = verification.openOps();
        StableDiffusionPipeline pipeline =
            StableDiffusionPipeline.load(
                reference.model(), ops, verification.precision(), verification.attention())) {
      for (String name : names) {
        compare(name, reference.settings(name), pipeline);
      }
    }
  }

  private void compare(String name, Settings arguments, StableDiffusionPipeline pipeline) {
    float[] latents = reference.floats(name + ".latents");
    // A picture has more values than its latents, so that the file's size bounds the work.
    int most = Math.max(1, reference.floats(name + ".image").length);
    StableDiffusionPipeline.Drawing drawn =
        pipeline.drawFrom(
            latents,
            new ImageRequest(
                arguments.text("prompt"), arguments.json().path("negative_prompt").asText(""), 0),
            sampling(arguments),
            new ImageSize(arguments.count("height", most), arguments.count("width", most)));
    verification.network(name + ".result", drawn.latents(), reference.floats(name + ".result"));
    verification.picture(
        name + ".image", values(drawn.picture()), reference.floats(name + ".image"));
  }

  private SamplingConfig sampling(Settings arguments) {
    return new SamplingConfig(
        reference.model().config("scheduler").path("_class_name").asText(),
        new TreeMap<>(),
        arguments.count("num_inference_steps", MOST_STEPS),
        arguments.number("guidance_scale"),
        0,
        0,
        XlConditions.of(
            "",
            "",
            integers(arguments.json().path("original_size")),
            integers(arguments.json().path("crops_coords_top_left")),
            integers(arguments.json().path("target_size"))),
        PromptReading.USUAL);
  }

  private static List<Integer> integers(JsonNode list) {
    List<Integer> integers = new ArrayList<>();
    list.forEach(value -> integers.add(value.intValue()));
    return integers;
  }

  /** Returns a picture's values, height x width x 3, in 0..1. */
  private static float[] values(BufferedImage picture) {
    float[] values = new float[picture.getHeight() * picture.getWidth() * 3];
    for (int i = 0; i < values.length / 3; i++) {
      int rgb = picture.getRGB(i % picture.getWidth(), i / picture.getWidth());
      for (int channel = 0; channel < 3; channel++) {
        values[3 * i + channel] = (rgb >> (16 - 8 * channel) & 0xFF) / 255f;
      }
    }
    return values;
  }
}
