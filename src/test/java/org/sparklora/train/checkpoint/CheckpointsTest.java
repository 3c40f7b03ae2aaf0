package org.sparklora.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.store.Fence;
import org.sparklora.tensor.Precision;
import org.sparklora.train.Fixtures;
import org.sparklora.train.optimizer.EmaConfig;
import org.sparklora.train.optimizer.ParameterTensor;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.train.step.OptimizerState;
import org.sparklora.util.InvalidInputException;

class CheckpointsTest {
  private static final OptimizerConfig CONFIG =
      new OptimizerConfig(1e-3, 0.9, 0.999, 1e-2, 1e-8, 0.05);
  private static final LearningRateConfig COSINE =
      new LearningRateConfig(LrScheduler.COSINE, 3, 20, 1, 1);
  private static final Map<String, String> SETTINGS = Map.of("--rank", "4", "--seed", "7");

  @TempDir java.nio.file.Path outputDir;
  private Checkpoints checkpoints;

  @BeforeEach
  void open() throws IOException {
    checkpoints = new Checkpoints(new Configuration(), new Path(outputDir.toUri()));
  }

  @Test
  void tenStepsSavedAndTenMoreEqualTwentyBitForBit() throws IOException {
    AdapterOptimizer straight = optimizer();
    train(straight, 20);

    AdapterOptimizer interrupted = optimizer();
    train(interrupted, 10);
    checkpoints.save(interrupted.export(), SETTINGS, Map.of());
    Checkpoint checkpoint = checkpoints.resume(Checkpoints.LATEST).orElseThrow();
    AdapterOptimizer resumed =
        AdapterOptimizer.resume(
            CONFIG,
            COSINE,
            Precision.FP16,
            2,
            ParameterTensor.vector(Fixtures.PARAMETERS),
            checkpoint.state());
    train(resumed, 10);

    assertThat(checkpoint.state().step()).isEqualTo(10);
    assertThat(checkpoint.state().groups().get(0).updates()).isEqualTo(9);
    assertThat(resumed.export()).usingRecursiveComparison().isEqualTo(straight.export());
  }

  static List<UpdateRuleConfig> rules() {
    return List.of(
        new UpdateRuleConfig.AdamW8bit(0.9, 0.999, 1e-2, 1e-8),
        new UpdateRuleConfig.Lion(0.9, 0.99, 0.1),
        new UpdateRuleConfig.Adafactor(0, false, false, false),
        new UpdateRuleConfig.Prodigy(
            0.9, 0.999, 0.99, 0.1, 1e-8, true, true, true, 1e-6, 1, Double.POSITIVE_INFINITY));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void everyRuleAndTheAverageGoOnBitForBit(UpdateRuleConfig rule) throws IOException {
    EmaConfig ema = new EmaConfig(0.99, 0, 2, false, 1, 1);
    OptimizerConfig config = new OptimizerConfig(1e-3, 0.05, rule, Optional.of(ema));
    List<ParameterTensor> tensors =
        List.of(
            new ParameterTensor(0, new long[] {5, 820}), new ParameterTensor(4100, new long[] {9}));
    float[] start = new float[4109];
    AdapterOptimizer straight =
        new AdapterOptimizer(config, COSINE, Precision.FP32, 1, tensors, start);
    trainMany(straight, 6);
    checkpoints.save(straight.export(), SETTINGS, Map.of());
    AdapterOptimizer resumed =
        AdapterOptimizer.resume(
            config,
            COSINE,
            Precision.FP32,
            1,
            tensors,
            checkpoints.resume(Checkpoints.LATEST).orElseThrow().state());
    trainMany(straight, 6);
    trainMany(resumed, 6);
    assertThat(resumed.export()).usingRecursiveComparison().isEqualTo(straight.export());
    assertThat(resumed.result())
        .isEqualTo(straight.result())
        .isNotEqualTo(straight.state().values());
  }

  private static void trainMany(AdapterOptimizer optimizer, int steps) {
    for (int i = 0; i < steps; i++) {
      AdapterState state = optimizer.state();
      float[] gradient = Fixtures.gradient((int) state.step(), state.values().length);
      optimizer.apply(new MicroBatchGradient(1, gradient));
    }
  }

  @Test
  void resumesFromTheLastCompleteCheckpoint() throws IOException {
    save(2);
    save(10);
    save(9);
    Files.delete(save(11).resolve("manifest.json"));
    Files.writeString(save(12).resolve("manifest.json"), "{\"format_version\": 1, \"st");
    deleteChecksums();
    Files.createDirectories(outputDir.resolve("checkpoint-new"));

    assertThat(checkpoints.list())
        .extracting(Path::getName)
        .containsExactly("checkpoint-2", "checkpoint-9", "checkpoint-10");
    assertThat(checkpoints.resume("latest").orElseThrow().state().step()).isEqualTo(10);
    assertThat(checkpoints.resume("checkpoint-9").orElseThrow().state().step()).isEqualTo(9);
    assertThat(checkpoints.resume(outputDir.resolve("checkpoint-2").toString()))
        .hasValueSatisfying(checkpoint -> assertThat(checkpoint.state().step()).isEqualTo(2));
  }

  @Test
  void startsAnewWhereThereIsNoCheckpointYet() throws IOException {
    Checkpoints none = new Checkpoints(new Configuration(), new Path(outputDir.toUri() + "/new"));
    assertThat(none.resume("latest")).isEmpty();
    assertThatThrownBy(() -> none.resume("checkpoint-5"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Missing checkpoint: ")
        .hasMessageContaining("new/checkpoint-5");
  }

  @Test
  void refusesAFileThatChangedSinceItWasWritten() throws IOException {
    java.nio.file.Path state = save(3).resolve("optimizer.safetensors");
    byte[] bytes = Files.readAllBytes(state);
    bytes[bytes.length - 1] ^= 1;
    Files.write(state, bytes);
    assertThatThrownBy(() -> checkpoints.resume("latest"))
        .hasMessageContaining("its SHA-256 differs");
    deleteChecksums();
    assertThatThrownBy(() -> checkpoints.resume("latest"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("optimizer.safetensors: its SHA-256 differs");

    Files.write(state, new byte[5]);
    assertThatThrownBy(() -> checkpoints.resume("latest")).hasMessageContaining("it has 5 bytes");
    Files.delete(state);
    assertThatThrownBy(() -> checkpoints.resume("latest")).hasMessageContaining("is missing");
  }

  @Test
  void latestPassesOverWhatIsCorrupt() throws IOException {
    save(3);
    save(5);
    java.nio.file.Path state = save(7).resolve("optimizer.safetensors");
    byte[] bytes = Files.readAllBytes(state);
    Files.write(state, Arrays.copyOf(bytes, bytes.length - 9));
    Files.delete(outputDir.resolve("checkpoint-5/optimizer.safetensors"));
    deleteChecksums();
    assertThat(checkpoints.resume("latest").orElseThrow().state().step()).isEqualTo(3);
    assertThatThrownBy(() -> checkpoints.resume("checkpoint-7"))
        .hasMessageContaining("checkpoint-7/optimizer.safetensors: it has ");

    Files.delete(outputDir.resolve("checkpoint-3/optimizer.safetensors"));
    assertThatThrownBy(() -> checkpoints.resume("latest"))
        .as("nothing is started anew over checkpoints that someone may mend")
        .isInstanceOfSatisfying(
            InvalidInputException.class, e -> assertThat(e.problems()).hasSize(3));
    save(5);
    save(7);
    assertThat(checkpoints.resume("latest").orElseThrow().state().step())
        .as("written anew where the manifest still stands")
        .isEqualTo(7);
  }

  @Test
  void aManifestCannotNameFilesElsewhere() throws IOException {
    java.nio.file.Path manifest = save(3).resolve("manifest.json");
    Files.writeString(
        manifest,
        Files.readString(manifest).replace("optimizer.safetensors", "../other/x.safetensors"));
    deleteChecksums();
    assertThat(checkpoints.resume("latest")).isEmpty();
  }

  @Test
  void writesNothingOnceAnotherRunHasTakenOver() throws IOException {
    AtomicInteger allowed = new AtomicInteger();
    Fence fence =
        () -> {
          if (allowed.getAndDecrement() <= 0) {
            throw new IOException("taken over");
          }
        };
    Checkpoints fenced = new Checkpoints(new Configuration(), new Path(outputDir.toUri()), fence);
    OptimizerState state = optimizer().export();
    assertThatThrownBy(() -> fenced.save(state, SETTINGS, Map.of())).hasMessage("taken over");
    assertThat(outputDir).isEmptyDirectory();
    for (int until = 1; until < 3; until++) {
      allowed.set(until);
      assertThatThrownBy(() -> fenced.save(state, SETTINGS, Map.of())).hasMessage("taken over");
      assertThat(checkpoints.list()).as("without a manifest it is none").isEmpty();
    }
    allowed.set(3);
    fenced.save(state, SETTINGS, Map.of());
    assertThatThrownBy(() -> fenced.prune(0)).hasMessage("taken over");
    assertThat(checkpoints.list()).hasSize(1);
  }

  @Test
  void verifiesTheFilesOthersReadToo() throws IOException {
    checkpoints.save(
        optimizer().export(),
        SETTINGS,
        Map.of("adapter.txt", out -> out.write("right".getBytes(StandardCharsets.UTF_8))));
    java.nio.file.Path adapter = outputDir.resolve("checkpoint-0/adapter.txt");
    assertThat(adapter).hasContent("right");
    Files.writeString(adapter, "wrong");
    deleteChecksums();
    assertThatThrownBy(() -> checkpoints.resume("latest"))
        .hasMessageContaining("adapter.txt: its SHA-256 differs");
  }

  @Test
  void refusesAFormatOfTheFuture() throws IOException {
    java.nio.file.Path manifest = save(3).resolve("manifest.json");
    Files.writeString(
        manifest,
        Files.readString(manifest).replace("\"format_version\" : 1", "\"format_version\" : 2"));
    deleteChecksums();
    assertThatThrownBy(() -> checkpoints.resume("latest"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("format version 2 and this program reads up to 1");
  }

  @Test
  void keepsTheNewestAndLeavesOthersFoldersAlone() throws IOException {
    for (int step : new int[] {9, 10, 11, 100}) {
      save(step);
    }
    java.nio.file.Path foreign = Files.createDirectories(outputDir.resolve("checkpoint-1"));
    checkpoints.prune(2);
    assertThat(checkpoints.list())
        .extracting(Path::getName)
        .containsExactly("checkpoint-11", "checkpoint-100");
    assertThat(foreign).exists();
    assertThat(outputDir.resolve("checkpoint-9")).doesNotExist();
    checkpoints.prune(5);
    assertThat(checkpoints.list()).hasSize(2);
  }

  @Test
  void replacesACheckpointOfTheSameStep() throws IOException {
    AdapterOptimizer optimizer = optimizer();
    checkpoints.save(optimizer.export(), Map.of("--seed", "1"), Map.of());
    checkpoints.save(optimizer.export(), Map.of("--seed", "2"), Map.of());
    assertThat(checkpoints.resume("latest").orElseThrow().configuration())
        .containsExactly(Map.entry("--seed", "2"));
  }

  @Test
  void namesEverySettingThatChanged() throws IOException {
    save(3);
    Checkpoint checkpoint = checkpoints.resume("latest").orElseThrow();
    checkpoint.requireSame(SETTINGS);
    assertThatThrownBy(() -> checkpoint.requireSame(Map.of("--rank", "8", "--seed", "7")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--rank was 4 and is now 8");
    assertThatThrownBy(() -> checkpoint.requireSame(Map.of("--rank", "8", "--use_rslora", "true")))
        .isInstanceOfSatisfying(
            InvalidInputException.class, e -> assertThat(e.problems()).hasSize(3));
  }

  private static AdapterOptimizer optimizer() {
    return new AdapterOptimizer(CONFIG, COSINE, Precision.FP16, 2, Fixtures.start());
  }

  /** Gradients depend on the adapter, so that an error would grow; step 4 overflows. */
  private static void train(AdapterOptimizer optimizer, int steps) {
    for (int i = 0; i < steps; i++) {
      AdapterState state = optimizer.state();
      float[] gradient = Fixtures.gradient((int) state.step());
      for (int p = 0; p < gradient.length; p++) {
        gradient[p] = (gradient[p] + state.values()[p]) * state.lossScale();
      }
      if (state.step() == 4) {
        gradient[0] = Float.POSITIVE_INFINITY;
      }
      optimizer.apply(new MicroBatchGradient(1, gradient));
    }
  }

  private java.nio.file.Path save(long step) throws IOException {
    OptimizerState state = optimizer().export();
    checkpoints.save(
        new OptimizerState(
            step, step, state.values(), state.groups().get(0).rule(), Optional.empty(), 1, 0),
        SETTINGS,
        Map.of());
    return outputDir.resolve("checkpoint-" + step);
  }

  /** Hadoop keeps checksums beside local files; other file systems do not. */
  private void deleteChecksums() throws IOException {
    try (var files = Files.walk(outputDir)) {
      for (java.nio.file.Path file :
          files.filter(path -> path.toString().endsWith(".crc")).toList()) {
        Files.delete(file);
      }
    }
  }
}
