package org.sparklora.report.track;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written, read by the real wandb package. */
class WandbTrackerTest {
  /** What wandb sync did with a file before its core was rewritten in Go. */
  static final String READ =
      """
      import json, sys
      import wandb
      wandb._set_internal_process()
      from wandb.proto import wandb_internal_pb2
      from wandb.sdk.internal.datastore import DataStore
      store = DataStore()
      store.open_for_scan(sys.argv[1])
      rows, runs, exits, files, numbers = [], [], [], [], []
      while True:
          data = store.scan_data()
          if data is None:
              break
          record = wandb_internal_pb2.Record()
          record.ParseFromString(data)
          numbers.append(record.num)
          kind = record.WhichOneof("record_type")
          if kind == "history":
              row = {item.key: json.loads(item.value_json) for item in record.history.item}
              assert row["_step"] == record.history.step.num
              rows.append(row)
          elif kind == "run":
              run = record.run
              runs.append({
                  "id": run.run_id, "project": run.project, "name": run.display_name,
                  "tags": list(run.tags), "start": run.start_time.seconds,
                  "config": {item.key: json.loads(item.value_json) for item in run.config.update},
              })
          elif kind == "exit":
              exits.append(record.exit.exit_code)
          elif kind == "files":
              files += [f.path for f in record.files.files]
      print(json.dumps({"rows": rows, "runs": runs, "exits": exits, "files": files, "numbers": numbers}))
      """;

  @TempDir private Path folder;

  @Test
  void theRealWandbReadsARunThatWentOnFromACheckpoint() throws Exception {
    try (WandbTracker first = tracker()) {
      TrackedRun.begin(0, first);
      TrackedRun.steps(0, 200, first);
      TrackedRun.validate(150, first);
      TrackedRun.steps(200, 207, first);
    }
    try (WandbTracker second = tracker()) {
      TrackedRun.begin(200, second);
      TrackedRun.steps(200, 210, second);
      TrackedRun.validate(210, second);
      TrackedRun.finish(210, second);
    }

    Path file = file();
    JsonNode read = TrackedRun.python(READ, file.toString());

    JsonNode run = read.get("runs").get(0);
    assertThat(read.get("runs")).hasSize(1);
    assertThat(file.getFileName()).hasToString("run-" + run.get("id").textValue() + ".wandb");
    assertThat(file.getParent().getFileName().toString())
        .matches("offline-run-20260101_\\d{6}-" + run.get("id").textValue());
    assertThat(run.get("project").textValue()).isEqualTo("emoji");
    assertThat(run.get("name").textValue()).isEqualTo("twemoji");
    assertThat(run.get("tags").toString()).isEqualTo("[\"a\",\"b\"]");
    assertThat(run.get("config").get("rank").textValue()).isEqualTo("4");
    assertThat(run.get("config").get("long").textValue()).hasSize(7000);
    assertThat(read.get("exits").toString()).isEqualTo("[0]");
    List<Integer> steps = new ArrayList<>();
    for (JsonNode row : read.get("rows")) {
      if (row.has("train_loss")) {
        steps.add(row.get("_step").intValue());
        assertThat(row.get("train_loss").doubleValue())
            .isEqualTo(TrackedRun.loss(row.get("_step").intValue() - 1));
      }
    }
    assertThat(steps).hasSize(210).isSorted().doesNotHaveDuplicates();
    JsonNode last = read.get("rows").get(read.get("rows").size() - 1);
    assertThat(last.get("validation").get("count").intValue()).isEqualTo(1);
    assertThat(last.get("validation/loss").doubleValue()).isEqualTo(210.25);
    for (JsonNode path : read.get("files")) {
      assertThat(file.resolveSibling("files").resolve(path.textValue())).exists();
    }
    for (int i = 1; i < read.get("numbers").size(); i++) {
      assertThat(read.get("numbers").get(i).intValue())
          .isGreaterThan(read.get("numbers").get(i - 1).intValue());
    }
  }

  @Test
  void theApiKeyIsWrittenNowhere() throws Exception {
    try (WandbTracker tracker = tracker()) {
      TrackedRun.begin(0, tracker);
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(
                new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1))
            .doesNotContain("s3cret");
      }
    }
  }

  @Test
  void recordsOfAllLengthsSurviveTheFraming() {
    Random random = new Random(3);
    for (int round = 0; round < 50; round++) {
      WandbLog log = new WandbLog();
      java.io.ByteArrayOutputStream file = new java.io.ByteArrayOutputStream();
      file.writeBytes(log.header());
      List<byte[]> records = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        byte[] record = new byte[random.nextInt(i % 5 == 0 ? 100_000 : 3000)];
        random.nextBytes(record);
        records.add(record);
        file.writeBytes(log.frame(record));
      }
      assertThat(WandbLog.read(file.toByteArray())).containsExactlyElementsOf(records);
      byte[] cut = java.util.Arrays.copyOf(file.toByteArray(), file.size() - 1);
      assertThat(WandbLog.read(cut)).hasSize(39);
    }
  }

  private WandbTracker tracker() {
    return new WandbTracker(
        new org.apache.hadoop.fs.Path(folder.toUri()),
        new Configuration(false),
        "text2image-fine-tune",
        Optional.empty(),
        Map.of("WANDB_PROJECT", "emoji", "WANDB_TAGS", "a,b", "WANDB_API_KEY", "s3cret"));
  }

  private Path file() throws Exception {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".wandb")).findFirst().orElseThrow();
    }
  }
}
