package org.sparklora.report.track;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written, read by the real tensorboard package. */
class TensorBoardTrackerTest {
  static final String READ =
      """
      import json, sys
      from tensorboard.backend.event_processing import event_accumulator
      from tensorboard.plugins.hparams import plugin_data_pb2
      events = event_accumulator.EventAccumulator(sys.argv[1], {"images": 0, "scalars": 0, "tensors": 0})
      events.Reload()
      tags = events.Tags()
      scalars = {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]}
      for tag in tags["tensors"]:
          kind = events.SummaryMetadata(tag).plugin_data.plugin_name
          if kind == "scalars":
              scalars[tag] = [[e.step, e.tensor_proto.float_val[0]] for e in events.Tensors(tag)]
      content = events.PluginTagToContent("hparams")["_hparams_/session_start_info"]
      hparams = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info
      print(json.dumps({
          "scalars": scalars,
          "images": {tag: [[e.step, e.width, e.height] for e in events.Images(tag)] for tag in tags["images"]},
          "text": events.Tensors("configuration")[0].tensor_proto.string_val[0].decode(),
          "rank": hparams.hparams["rank"].number_value,
          "group": hparams.group_name,
      }))
      """;

  @TempDir private Path folder;

  @Test
  void theRealTensorBoardReadsARunThatWentOnFromACheckpoint() throws Exception {
    try (TensorBoardTracker first = tracker()) {
      TrackedRun.begin(0, first);
      TrackedRun.steps(0, 7, first);
      TrackedRun.validate(5, first);
    }
    // Killed after step 7; the checkpoint is that of step 5.
    try (TensorBoardTracker second = tracker()) {
      TrackedRun.begin(5, second);
      TrackedRun.steps(5, 10, second);
      TrackedRun.validate(10, second);
      TrackedRun.finish(10, second);
    }

    JsonNode read = TrackedRun.python(READ, folder.toString());

    assertThat(read.get("scalars").get("train_loss")).hasSize(10);
    for (int step = 1; step <= 10; step++) {
      JsonNode loss = read.get("scalars").get("train_loss").get(step - 1);
      assertThat(loss.get(0).intValue()).isEqualTo(step);
      assertThat(loss.get(1).doubleValue()).isCloseTo(TrackedRun.loss(step - 1), within(1e-6));
    }
    assertThat(read.get("scalars").get("validation/loss")).hasSize(2);
    assertThat(read.get("scalars").get("lr")).hasSize(10);
    assertThat(read.get("scalars").get("throughput/sync_seconds")).hasSize(10);
    assertThat(read.get("scalars").get("memory/gpu_gib").get(9).get(1).doubleValue()).isEqualTo(3);
    assertThat(read.get("images").get("validation/a \"red\" apple/8").toString())
        .isEqualTo("[[5,16,8],[10,16,8]]");
    assertThat(read.get("text").textValue()).contains("| rank | 4 |");
    assertThat(read.get("rank").intValue()).isEqualTo(4);
    assertThat(read.get("group").textValue()).isEqualTo("twemoji");
  }

  @Test
  void leavesNothingBesideTheFiles() throws Exception {
    try (TensorBoardTracker tracker = tracker()) {
      TrackedRun.begin(0, tracker);
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .singleElement()
          .asString()
          .matches("events\\.out\\.tfevents\\.\\d{10}\\..*\\.\\d+\\.000000");
    }
  }

  private TensorBoardTracker tracker() {
    return new TensorBoardTracker(
        new org.apache.hadoop.fs.Path(folder.toUri()), new Configuration(false));
  }
}
