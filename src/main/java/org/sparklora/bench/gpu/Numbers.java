package org.sparklora.bench.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** {@code verify} against diffusers' references, in every precision. */
final class Numbers implements Part {
  @Override
  public String name() {
    return "verify";
  }

  @Override
  public List<Row> run(Node node) throws IOException, InterruptedException {
    List<Row> rows = new ArrayList<>();
    for (Path reference : references(node.home().resolve("src/test/resources/golden"))) {
      List<String> arguments =
          new ArrayList<>(
              List.of("verify", "--reference=" + reference, "--precision=fp32,bf16,fp16"));
      if (!node.gpu()) {
        arguments.add("--emulate_fp16");
      }
      Command command = node.start("verify-" + reference.getFileName(), node.spark(1), arguments);
      int code = command.code();
      rows.addAll(rows(reference.getFileName().toString(), code, command));
    }
    return rows;
  }

  private static List<Path> references(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(one -> Files.exists(one.resolve("golden.json"))).sorted().toList();
    }
  }

  /** A row for each precision: the line of its head and that of its sum. */
  private List<Row> rows(String reference, int code, Command command) throws IOException {
    List<Row> rows = new ArrayList<>();
    String precision = "";
    String failed = "";
    for (String line : command.text().lines().toList()) {
      if (line.contains(" attention on ")) {
        precision = line.split(", ", -1)[1];
        failed = "";
      } else if (line.endsWith("FAIL")) {
        failed += (failed.isEmpty() ? ": " : ", ") + line.split(" {2}", -1)[0];
      } else if (line.matches("\\d+ of \\d+ pass.*")) {
        rows.add(
            Row.promise(name(), reference + " in " + precision, line + failed, failed.isEmpty()));
      }
    }
    if (rows.size() < Node.PRECISIONS.size()) {
      rows.add(
          Row.promise(name(), reference, "exit code " + code + ", see " + command.log(), false));
    }
    return rows;
  }
}
