package org.sparklora.bench.gpu;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sparklora.model.RandomModel;
import org.sparklora.model.file.TensorType;

/**
 * Training steps, with and without gradient checkpointing: of Stable Diffusion 1.5 with random
 * weights on a GPU, of the small model on a CPU.
 */
final class Speed implements Part {
  /**
   * The operations, in units of 10<sup>12</sup>, of a forward and backward pass of Stable Diffusion
   * 1.5 for a picture of 512 pixels; see performance.md.
   */
  private static final double TFLOP = 1.73;

  @Override
  public String name() {
    return "bench";
  }

  @Override
  public List<Row> run(Node node) throws IOException, InterruptedException {
    Path model = node.gpu() ? randomModel(node) : node.model();
    List<Row> rows = new ArrayList<>();
    for (int batch : node.gpu() ? new int[] {1, 4, 16} : new int[] {1, 2}) {
      for (boolean checkpointing : new boolean[] {false, true}) {
        rows.add(measure(node, model, batch, checkpointing));
      }
    }
    return rows;
  }

  private static Path randomModel(Node node) throws IOException {
    Path model = node.scratch().resolve("random-model");
    RandomModel.write(layout(node), model, TensorType.F16);
    return model;
  }

  static Path layout(Node node) {
    return node.home().resolve("src/test/resources/sd15-layout");
  }

  private Row measure(Node node, Path model, int batch, boolean checkpointing)
      throws IOException, InterruptedException {
    String label = "batch " + batch + (checkpointing ? ", checkpointing" : "");
    Path file = node.scratch().resolve("bench-" + batch + "-" + checkpointing + ".json");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "bench",
                "--pretrained_model_name_or_path=" + model,
                "--train_batch_size=" + batch,
                "--gradient_checkpointing=" + checkpointing,
                "--resolution=" + (node.gpu() ? 512 : 64),
                "--steps=" + (node.gpu() ? 10 : 2),
                "--pictures=" + (node.gpu() ? 16 : 2),
                "--num_inference_steps=0",
                "--output_file=" + file));
    arguments.addAll(node.precision("fp16"));
    Command command = node.start("bench-" + batch + "-" + checkpointing, node.spark(1), arguments);
    if (command.code() != 0 && command.text().contains("Not enough memory")) {
      return Row.measured(name(), label, "does not fit into the card's memory");
    }
    command.requireSuccess();
    return Row.measured(name(), label, told(JSON.readTree(file.toFile()), batch, node.gpu()));
  }

  private static String told(JsonNode report, int batch, boolean gpu) {
    double rate = batch / median(report, "step");
    String text = String.format(Locale.ROOT, "%.2f images/s", rate);
    if (gpu) {
      text += String.format(Locale.ROOT, ", %.0f TFLOP/s", rate * TFLOP);
    }
    double memory = median(report, gpu ? "memory of the GPU" : "peak resident memory of an");
    return text + String.format(Locale.ROOT, ", %.2f GiB", memory);
  }

  private static double median(JsonNode report, String quantity) {
    for (JsonNode row : report.path("results")) {
      if (row.path("quantity").asText().startsWith(quantity)) {
        return row.path("median").asDouble();
      }
    }
    return Double.NaN;
  }
}
