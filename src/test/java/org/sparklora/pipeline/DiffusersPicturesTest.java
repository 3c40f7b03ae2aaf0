package org.sparklora.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.model.ModelFolder;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** The same pictures as diffusers'. Needs Python with diffusers; SPARK_LORA_PYTHON names it. */
class DiffusersPicturesTest {
  private static final String BASE = "src/quickstart/base-model";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double LEAST_PSNR = 45;

  @TempDir private Path folder;

  @Test
  void areTheSameForTheSamePromptSeedSchedulerAndAdapter() throws Exception {
    String python = System.getenv("SPARK_LORA_PYTHON");
    assumeThat(python).as("SPARK_LORA_PYTHON").isNotNull();
    ArrayNode cases = cases();
    Path file = folder.resolve("cases.json");
    JSON.writeValue(file.toFile(), cases);
    Process process =
        new ProcessBuilder(
                python,
                "src/test/python/generate_images.py",
                BASE,
                file.toString(),
                folder.toString())
            .redirectErrorStream(true)
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    List<String> different = new ArrayList<>();
    for (JsonNode reference : cases) {
      List<BufferedImage> ours = ours(reference);
      for (int i = 0; i < ours.size(); i++) {
        String name = reference.get("name").asText() + "-" + reference.get("seeds").get(i);
        BufferedImage theirs = ImageIO.read(folder.resolve(name + ".png").toFile());
        double psnr = psnr(ours.get(i), theirs);
        System.out.printf("%-40s %6.1f dB%n", name, psnr);
        if (psnr < LEAST_PSNR) {
          different.add(name + " " + psnr);
        }
      }
    }
    assertThat(different).isEmpty();
  }

  private static ArrayNode cases() {
    ArrayNode cases = JSON.createArrayNode();
    for (String scheduler :
        List.of(
            "DDIMScheduler",
            "PNDMScheduler",
            "DDPMScheduler",
            "EulerDiscreteScheduler",
            "DPMSolverMultistepScheduler")) {
      add(cases, scheduler, scheduler);
    }
    return cases;
  }

  private static ObjectNode add(ArrayNode cases, String name, String scheduler) {
    ObjectNode added = cases.addObject();
    added.put("name", name).put("scheduler", scheduler).put("prompt", "a red apple");
    added.put("steps", 12).put("guidance", 5).put("negative", "blurry");
    added.putArray("seeds").add(7).add(1234567890123L);
    return added;
  }

  private static List<BufferedImage> ours(JsonNode reference) {
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
            reference.path("clip_skip").asInt(0),
            128,
            128,
            reference.path("strength").asDouble(1));
    List<ImageRequest> requests = new ArrayList<>();
    for (JsonNode seed : reference.get("seeds")) {
      requests.add(
          new ImageRequest(
              reference.get("prompt").asText(), reference.get("negative").asText(), seed.asLong()));
    }
    ModelFolder base = ModelFolder.open(BASE, new Configuration(false), Optional.empty());
    try (Ops ops = Ops.open(Device.cpu(), 2)) {
      StableDiffusionPipeline pipeline = StableDiffusionPipeline.load(base, ops, Precision.FP32);
      return pipeline.generate(requests, config, (done, steps) -> {});
    }
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
