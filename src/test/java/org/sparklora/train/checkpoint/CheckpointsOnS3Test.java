package org.sparklora.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sparklora.s3.Fault;
import org.sparklora.s3.Faults;
import org.sparklora.s3.S3Server;
import org.sparklora.train.optimizer.UpdateRuleState;
import org.sparklora.train.step.OptimizerState;

/** Checkpoints on a store that fails. */
@Tag("long")
class CheckpointsOnS3Test {
  private static final Map<String, String> SETTINGS = Map.of("seed", "7");
  private static S3Server s3;
  private static Configuration hadoop;

  @BeforeAll
  static void start() {
    s3 = S3Server.start();
    hadoop = s3.hadoop();
    hadoop.set("fs.s3a.multipart.size", "5M");
  }

  @AfterAll
  static void stop() {
    s3.close();
  }

  @AfterEach
  void heal() {
    s3.faults(Faults.none());
  }

  @Test
  void savesAndResumesThroughFaults() throws IOException {
    Checkpoints checkpoints = checkpoints("faults");
    s3.faults(Faults.seeded(5, 0.15));
    for (int step = 1; step <= 3; step++) {
      checkpoints.save(state(step, 40), SETTINGS, Map.of());
      Checkpoint checkpoint = checkpoints.resume("latest").orElseThrow();
      assertThat(checkpoint.state()).usingRecursiveComparison().isEqualTo(state(step, 40));
      checkpoints.prune(2);
    }
    assertThat(s3.faults().injected()).isNotEmpty();
    s3.faults(Faults.none());
    assertThat(checkpoints.list())
        .extracting(Path::getName)
        .containsExactly("checkpoint-2", "checkpoint-3");
  }

  @Test
  void stateOfManyPartsComesBack() throws IOException {
    Checkpoints checkpoints = checkpoints("parts");
    s3.faults(
        Faults.none()
            .first(1, "PUT .*partNumber=2.*", Fault.LOST_RESPONSE)
            .first(1, "PUT .*partNumber=1.*", Fault.SLOW_DOWN));
    checkpoints.save(state(1, 700_000), SETTINGS, Map.of());
    assertThat(s3.faults().injected()).containsKeys(Fault.LOST_RESPONSE, Fault.SLOW_DOWN);
    OptimizerState back = checkpoints.resume("latest").orElseThrow().state();
    assertThat(back.values()).isEqualTo(state(1, 700_000).values());
    assertThat(back.groups().get(0).rule().floats().get("exp_avg_sq"))
        .isEqualTo(state(1, 700_000).groups().get(0).rule().floats().get("exp_avg_sq"));
  }

  @Test
  void theManifestIsPutLastAndOnce() throws IOException {
    Checkpoints checkpoints = checkpoints("last");
    s3.faults(Faults.none().first(1, "PUT .*manifest.json.*", Fault.LOST_RESPONSE));
    checkpoints.save(
        state(1, 40),
        SETTINGS,
        Map.of("adapter.txt", out -> out.write("a".getBytes(StandardCharsets.UTF_8))));
    List<String> puts =
        s3.requests().stream()
            .filter(request -> request.matches("PUT .*/last/checkpoint-1/.*"))
            .map(request -> request.replaceAll(".*/|\\?.*", ""))
            .toList();
    assertThat(puts)
        .containsExactly("adapter.txt", "optimizer.safetensors", "manifest.json", "manifest.json");
    assertThat(checkpoints.resume("latest")).isPresent();
  }

  @Test
  void someoneElsesManifestIsNotOverwritten() throws IOException {
    Path manifest = new Path(s3.uri("other"), "checkpoint-1/manifest.json");
    FileSystem files = manifest.getFileSystem(hadoop);
    Checkpoints raced =
        new Checkpoints(
            hadoop,
            new Path(s3.uri("other")),
            () -> {
              // Between the check and the write, another run comes in.
              try (FSDataOutputStream out = files.create(manifest, true)) {
                out.writeBytes("{\"format_version\": 1, \"step\": 1, \"files\": {}}");
              }
            });
    assertThatThrownBy(() -> raced.save(state(1, 40), SETTINGS, Map.of()))
        .hasMessageContaining("another run writes here too");
  }

  private static Checkpoints checkpoints(String folder) throws IOException {
    return new Checkpoints(hadoop, new Path(s3.uri(folder)));
  }

  private static OptimizerState state(long step, int parameters) {
    float[][] vectors = new float[3][parameters];
    for (int v = 0; v < 3; v++) {
      for (int i = 0; i < parameters; i++) {
        vectors[v][i] = step + v + i / 64f;
      }
    }
    UpdateRuleState rule =
        UpdateRuleState.of(Map.of("exp_avg", vectors[1], "exp_avg_sq", vectors[2]));
    return new OptimizerState(step, step, vectors[0], rule, Optional.empty(), 1, 0);
  }
}
