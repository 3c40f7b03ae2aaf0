package org.sparklora.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.store.Fence;
import org.sparklora.store.FileContent;
import org.sparklora.store.KillPoint;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.train.step.OptimizerState;

/** Killed before any operation on checkpoints, a run that goes on ends with the same files. */
@Tag("long")
public class CheckpointKillTest {
  private static final Map<String, String> SETTINGS = Map.of("--rank", "4");

  @TempDir private java.nio.file.Path root;

  @Test
  void aResumedRunEndsWithTheSameBytes() throws IOException {
    train(0, new Configuration());
    Map<String, String> expected = files(0);
    assertThat(expected.keySet())
        .anyMatch(name -> name.startsWith("checkpoint-3/"))
        .noneMatch(name -> name.startsWith("checkpoint-1/"))
        .noneMatch(name -> name.endsWith(".crc"));
    int operations =
        KillPoint.before(
            new KillPoint.Trial() {
              @Override
              public KillPoint.Work begin(int number) {
                return hadoop -> train(number, hadoop);
              }

              @Override
              public void after(int number, Configuration hadoop) throws IOException {
                train(number, hadoop);
                Map<String, String> found = files(number);
                found.keySet().removeIf(name -> name.endsWith(".part"));
                assertThat(found)
                    .as("after a kill before operation %d", number)
                    .containsExactlyEntriesOf(expected);
              }
            });
    assertThat(operations).isGreaterThan(50);
  }

  /** Three steps with a checkpoint after each, of which two are kept; goes on where it can. */
  private void train(int number, Configuration hadoop) throws IOException {
    train(folder(number), hadoop, Fence.NONE);
  }

  public static void train(java.nio.file.Path folder, Configuration hadoop, Fence fence)
      throws IOException {
    Checkpoints checkpoints = new Checkpoints(hadoop, new Path(folder.toUri()), fence);
    Optional<Checkpoint> last = checkpoints.resume(Checkpoints.LATEST);
    float value = last.map(checkpoint -> checkpoint.state().values()[0]).orElse(0f);
    for (long step = last.map(c -> c.state().step()).orElse(0L); step < 3; ) {
      step++;
      value = value * 3 + step;
      OptimizerState state = state(step, value);
      byte[] adapter = ("adapter of " + value).getBytes(StandardCharsets.UTF_8);
      FileContent content = out -> out.write(adapter);
      checkpoints.save(state, SETTINGS, Map.of("pytorch_lora_weights.safetensors", content));
      checkpoints.prune(2);
    }
    checkpoints.prune(2);
  }

  private static OptimizerState state(long step, float value) {
    AdapterOptimizer optimizer =
        new AdapterOptimizer(
            new OptimizerConfig(1e-3, 0.9, 0.999, 1e-2, 1e-8, 0.05),
            new LearningRateConfig(LrScheduler.CONSTANT, 0, 20, 1, 1),
            org.sparklora.tensor.Precision.FP32,
            1,
            new float[] {value, 1});
    OptimizerState made = optimizer.export();
    return new OptimizerState(
        step, step, made.values(), made.groups().get(0).rule(), Optional.empty(), 1, 0);
  }

  private java.nio.file.Path folder(int number) {
    return root.resolve("run-" + number);
  }

  private Map<String, String> files(int number) throws IOException {
    return files(folder(number));
  }

  public static Map<String, String> files(java.nio.file.Path folder) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (var all = Files.walk(folder)) {
      for (java.nio.file.Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(
            folder.relativize(file).toString(),
            Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return files;
  }
}
