package org.sparklora.bench.gpu;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The same gradient in diffusers, where Python has it.
 *
 * @param python the interpreter
 */
record Diffusers(String python) implements Part {
  @Override
  public String name() {
    return "diffusers";
  }

  @Override
  public List<Row> run(Node node) throws IOException, InterruptedException {
    List<Row> rows = new ArrayList<>();
    for (int batch : node.gpu() ? new int[] {1, 4, 16} : new int[] {1}) {
      for (boolean checkpointing : new boolean[] {false, true}) {
        Command command;
        try {
          command = start(node, batch, checkpointing);
        } catch (IOException e) {
          return List.of(Row.leftOut(name(), "any", e.getMessage()));
        }
        int code = command.code();
        String last = command.text().lines().reduce("", (before, line) -> line);
        if (code != 0) {
          rows.add(Row.leftOut(name(), "batch " + batch, last));
          return rows;
        }
        rows.add(
            Row.measured(
                name(),
                "batch " + batch + (checkpointing ? ", checkpointing" : ""),
                told(JSON.readTree(last), batch)));
      }
    }
    return rows;
  }

  private Command start(Node node, int batch, boolean checkpointing) throws IOException {
    Path layout = node.gpu() ? Speed.layout(node) : node.model();
    return node.start(
        "diffusers-" + batch + "-" + checkpointing,
        List.of(
            python,
            node.home().resolve("jobs/gpu_check_diffusers.py").toString(),
            layout.resolve("unet").toString(),
            node.gpu() ? "cuda" : "cpu",
            String.valueOf(batch),
            String.valueOf(node.gpu() ? 512 : 64),
            String.valueOf(node.gpu() ? 10 : 2),
            String.valueOf(checkpointing)));
  }

  private static String told(JsonNode result, int batch) {
    return String.format(
        Locale.ROOT,
        "%.2f images/s, %.2f GiB (torch %s, diffusers %s)",
        batch / result.path("seconds").asDouble(),
        result.path("gib").asDouble(),
        result.path("torch").asText(),
        result.path("diffusers").asText());
  }
}
