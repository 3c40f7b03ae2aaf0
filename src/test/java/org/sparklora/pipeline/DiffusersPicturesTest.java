package org.sparklora.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.ReferencePython;
import org.sparklora.data.image.ImageDecoder;
import org.sparklora.data.image.Pixels;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.pipeline.request.AdapterUse;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.pipeline.request.ImageSize;
import org.sparklora.pipeline.request.InitialImage;
import org.sparklora.pipeline.request.PipelineConfig;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.pipeline.request.StartingPoint;
import org.sparklora.pipeline.request.WeightedAdapter;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;

/** The same pictures as diffusers'. Needs Python with diffusers; SPARK_LORA_PYTHON names it. */
@Tag("long")
class DiffusersPicturesTest {
  private static final String BASE = "src/quickstart/base-model";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double LEAST_PSNR = 45;
  private static final String TOKEN = "<wheel>";
  private static final float[][] TOKEN_VECTORS = {
    RandomAdapter.normal(96, 0.4, 5), RandomAdapter.normal(96, 0.4, 6)
  };

  @TempDir private Path folder;

  @Test
  void areTheSameForTheSamePromptSeedSchedulerAndAdapter() throws Exception {
    ReferencePython.required();
    ArrayNode cases = cases();
    Path file = folder.resolve("cases.json");
    JSON.writeValue(file.toFile(), cases);
    ReferencePython.run("generate_images.py", BASE, file, folder);
    List<String> different = new ArrayList<>();
    for (JsonNode reference : cases) {
      List<BufferedImage> ours = ours(reference);
      for (int i = 0; i < ours.size(); i++) {
        String name = reference.get("name").asText() + "-" + reference.get("seeds").get(i);
        BufferedImage theirs = ImageIO.read(folder.resolve(name + ".png").toFile());
        double psnr = psnr(ours.get(i), theirs);
        System.out.printf("%-40s %6.1f dB%n", name, psnr);
        if (psnr < LEAST_PSNR) {
          different.add("%s %.1f dB".formatted(name, psnr));
        }
      }
    }
    assertThat(different).isEmpty();
  }

  private static final List<String> SCHEDULERS =
      List.of(
          "DDPMScheduler",
          "DDIMScheduler",
          "PNDMScheduler",
          "DPMSolverMultistepScheduler",
          "EulerDiscreteScheduler",
          "EulerAncestralDiscreteScheduler",
          "UniPCMultistepScheduler",
          "HeunDiscreteScheduler",
          "LMSDiscreteScheduler",
          "LCMScheduler");

  private ArrayNode cases() throws IOException {
    String image = image(128, 128);
    ArrayNode cases = JSON.createArrayNode();
    for (String scheduler : SCHEDULERS) {
      add(cases, scheduler + "-text", scheduler);
      add(cases, scheduler + "-image", scheduler).put("image", image).put("strength", 0.6);
    }
    for (String scheduler : List.of("DDIMScheduler", "EulerDiscreteScheduler")) {
      add(cases, scheduler + "-v-zero-snr", scheduler)
          .put("rescale", 0.7)
          .putObject("options")
          .put("prediction_type", "v_prediction")
          .put("rescale_betas_zero_snr", true)
          .put("timestep_spacing", "trailing");
    }
    add(cases, "clip-skip", "DPMSolverMultistepScheduler").put("clip_skip", 1);
    add(cases, "rescale", "DPMSolverMultistepScheduler").put("rescale", 0.7);
    add(cases, "unguided", "DPMSolverMultistepScheduler").put("guidance", 1);
    add(cases, "wide", "DPMSolverMultistepScheduler").put("width", 192);
    add(cases, "tall", "DPMSolverMultistepScheduler").put("height", 136);
    add(cases, "karras", "DPMSolverMultistepScheduler")
        .putObject("options")
        .put("use_karras_sigmas", true);
    add(cases, "sde", "DPMSolverMultistepScheduler")
        .putObject("options")
        .put("algorithm_type", "sde-dpmsolver++");
    add(cases, "long", "DPMSolverMultistepScheduler")
        .put("prompt", "a red apple on a wooden table, ".repeat(20));
    addAdapters(cases);
    return cases;
  }

  private void addAdapters(ArrayNode cases) throws IOException {
    String style = RandomAdapter.write(BASE, folder.resolve("style.safetensors"), "attn", 4, 3);
    String shapes = RandomAdapter.write(BASE, folder.resolve("shapes.safetensors"), "conv", 2, 2);
    RandomAdapter.writeToken(folder.resolve("token.safetensors"), TOKEN, TOKEN_VECTORS);
    adapter(add(cases, "adapter", "DPMSolverMultistepScheduler"), style, 0.8);
    ObjectNode two = add(cases, "adapters", "EulerDiscreteScheduler");
    adapter(two, style, 0.7);
    adapter(two, shapes, -0.4);
    ObjectNode fused = add(cases, "fused", "EulerDiscreteScheduler").put("fused", true);
    adapter(fused, style, 0.7);
    adapter(fused, shapes, -0.4);
    adapter(add(cases, "scaled", "DDIMScheduler").put("scale", 0.5), style, 0.8);
    add(cases, "token", "DDIMScheduler")
        .put("prompt", "a " + TOKEN + " on a table, " + TOKEN)
        .put("token", folder.resolve("token.safetensors").toString());
  }

  private static void adapter(ObjectNode added, String path, double weight) {
    added.withArray("adapters").addArray().add(path).add(weight);
  }

  /** A picture to start from: two colours that meet along a curve. */
  private String image(int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, x * x + y * y < width * height ? 0xC03020 + y : 0xF0F0FF - x);
      }
    }
    Path file = folder.resolve("image.png");
    ImageIO.write(image, "png", file.toFile());
    return file.toString();
  }

  private static ObjectNode add(ArrayNode cases, String name, String scheduler) {
    ObjectNode added = cases.addObject();
    added.put("name", name).put("scheduler", scheduler).put("prompt", "a red apple");
    added.put("steps", 6).put("guidance", 5).put("negative", "blurry");
    added.put("height", 128).put("width", 128);
    added.putArray("seeds").add(7).add(1234567890123L);
    return added;
  }

  private static List<BufferedImage> ours(JsonNode reference) throws Exception {
    TreeMap<String, String> options = new TreeMap<>();
    reference
        .path("options")
        .properties()
        .forEach(field -> options.put(field.getKey(), field.getValue().toString()));
    SamplingConfig config =
        new SamplingConfig(
            reference.get("scheduler").asText(),
            options,
            reference.get("steps").asInt(),
            reference.get("guidance").asDouble(),
            reference.path("rescale").asDouble(0),
            reference.path("clip_skip").asInt(0));
    StartingPoint start =
        reference.has("image")
            ? image(reference)
            : new ImageSize(reference.get("height").asInt(), reference.get("width").asInt());
    List<ImageRequest> requests = new ArrayList<>();
    for (JsonNode seed : reference.get("seeds")) {
      requests.add(
          new ImageRequest(
              reference.get("prompt").asText(), reference.get("negative").asText(), seed.asLong()));
    }
    List<WeightedAdapter> adapters = new ArrayList<>();
    for (JsonNode adapter : reference.path("adapters")) {
      String path = adapter.get(0).asText();
      adapters.add(new WeightedAdapter(path, path, adapter.get(1).asDouble()));
    }
    PipelineConfig pipelineConfig =
        new PipelineConfig(
            new ModelConfig(BASE, BASE, ""),
            new AdapterUse(
                adapters, reference.path("fused").asBoolean(), reference.path("scale").asDouble(1)),
            Precision.FP32,
            1,
            AttentionKernel.DEFAULT);
    try (StableDiffusionPipeline pipeline =
        StableDiffusionPipeline.open(pipelineConfig, new Configuration(false), Device.cpu())) {
      if (reference.has("token")) {
        LearnedToken token = new LearnedToken(TOKEN, TOKEN_VECTORS);
        pipeline.add(new Adapter(List.of(), List.of(token), Map.of()), 1, false);
      }
      return pipeline.generate(requests, config, start, (done, steps) -> {});
    }
  }

  private static InitialImage image(JsonNode reference) throws Exception {
    Pixels pixels =
        new ImageDecoder().decode(Files.readAllBytes(Path.of(reference.get("image").asText())));
    return new InitialImage(
        pixels.toTensor(), pixels.height(), pixels.width(), reference.get("strength").asDouble());
  }

  private static double psnr(BufferedImage one, BufferedImage other) throws IOException {
    assertThat(one.getWidth()).isEqualTo(other.getWidth());
    double squares = 0;
    for (int y = 0; y < one.getHeight(); y++) {
      for (int x = 0; x < one.getWidth(); x++) {
        for (int shift = 0; shift < 24; shift += 8) {
          int difference = (one.getRGB(x, y) >> shift & 255) - (other.getRGB(x, y) >> shift & 255);
          squares += difference * difference;
        }
      }
    }
    double mean = squares / (3.0 * one.getWidth() * one.getHeight());
    return mean == 0 ? 99 : 10 * Math.log10(255 * 255 / mean);
  }
}
