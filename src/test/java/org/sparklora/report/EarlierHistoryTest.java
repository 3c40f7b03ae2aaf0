package org.sparklora.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.report.event.SomeRun;
import org.sparklora.store.Fence;

@Tag("long")
class EarlierHistoryTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  @Test
  void aDamagedHistoryIsSetAsideAndTheReportBeginsAnew() throws IOException {
    run("app-1");
    Path history = folder.resolve(RunReport.HISTORY);
    byte[] half = Files.readString(history).substring(0, 40).getBytes(StandardCharsets.UTF_8);
    Files.write(history, half);
    run("app-2");
    assertThat(page()).contains("app-2").doesNotContain("app-1");
    try (var files = Files.list(folder.resolve("report"))) {
      Path aside =
          files
              .filter(file -> file.getFileName().toString().startsWith("history-damaged-"))
              .findFirst()
              .orElseThrow();
      assertThat(aside).hasBinaryContent(half);
    }
    run("app-3");
    assertThat(page()).contains("app-2", "app-3");
  }

  /** Files that need not end, and others that no run wrote. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "pipe",
        "/dev/zero",
        "/no/such/file",
        "empty",
        "nul",
        "latin",
        "deep",
        "big",
        "folder"
      })
  void whateverStandsInPlaceOfAHistoryThereIsAPage(String kind)
      throws IOException, InterruptedException {
    Path history = folder.resolve(RunReport.HISTORY);
    Files.createDirectories(history.getParent());
    if (kind.equals("pipe")) {
      assertThat(new ProcessBuilder("mkfifo", history.toString()).start().waitFor()).isZero();
    } else if (kind.startsWith("/")) {
      Files.createSymbolicLink(history, Path.of(kind));
    } else if (kind.equals("folder")) {
      Files.createDirectories(history.resolve("more"));
    } else if (kind.equals("big")) {
      try (RandomAccessFile file = new RandomAccessFile(history.toFile(), "rw")) {
        file.setLength(300L << 20);
      }
    } else {
      String text =
          Map.of("nul", "{\0}", "latin", "{\"a\": \"\u00ff\"}", "deep", "[".repeat(100_000))
              .getOrDefault(kind, "");
      Files.write(history, text.getBytes(StandardCharsets.ISO_8859_1));
    }
    run("app-1");
    assertThat(page()).contains("app-1", "the end");
    assertThat(Files.isSymbolicLink(history)).isFalse();
    run("app-2");
    assertThat(page()).contains("app-1", "app-2");
  }

  @Test
  void whateverAHistoryWasAlteredToThereIsAPage() throws IOException {
    run("app-1");
    byte[] whole = Files.readAllBytes(folder.resolve(RunReport.HISTORY));
    Random random = new Random(11);
    for (int round = 0; round < 150; round++) {
      JsonNode altered = JSON.readTree(whole);
      alter(altered, random);
      Files.write(folder.resolve(RunReport.HISTORY), JSON.writeValueAsBytes(altered));
      run("app-of-round-" + round);
      assertThat(page()).as("%s", altered).contains("app-of-round-" + round).contains("the end");
    }
  }

  private void alter(JsonNode root, Random random) {
    List<JsonNode> parents = new ArrayList<>();
    collect(root, parents);
    JsonNode parent = parents.get(random.nextInt(parents.size()));
    JsonNode[] values = {
      JSON.nullNode(),
      JSON.getNodeFactory().numberNode(-1),
      JSON.getNodeFactory().numberNode(0),
      JSON.getNodeFactory().numberNode(Long.MAX_VALUE),
      JSON.getNodeFactory().textNode("<b>x"),
      JSON.getNodeFactory().textNode("NaN"),
      JSON.createArrayNode(),
      JSON.createObjectNode(),
      JSON.getNodeFactory().numberNode(1e308)
    };
    JsonNode value = values[random.nextInt(values.length)];
    if (parent instanceof ObjectNode object) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      object.set(names.get(random.nextInt(names.size())), value);
    } else {
      ((ArrayNode) parent).set(random.nextInt(parent.size()), value);
    }
  }

  private static void collect(JsonNode node, List<JsonNode> parents) {
    if (!node.isEmpty()) {
      parents.add(node);
      node.forEach(child -> collect(child, parents));
    }
  }

  private void run(String application) {
    PrintStream err = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    try (RunReport report =
        RunReport.open(
            new org.apache.hadoop.fs.Path(folder.toUri()),
            new Configuration(),
            Fence.NONE,
            SomeRun.facts("train"),
            err)) {
      report.on(SomeRun.started("run", application));
      report.on(SomeRun.prepared(1, "a reason"));
      report.on(SomeRun.training(0, 10));
      report.on(SomeRun.stepped(0));
      report.on(SomeRun.saved(1));
      report.on(SomeRun.stepped(1));
      report.on(SomeRun.incident(2, "an incident"));
      report.on(SomeRun.failed(2, "the end"));
    }
  }

  private String page() throws IOException {
    return Files.readString(folder.resolve(RunReport.PAGE));
  }
}
