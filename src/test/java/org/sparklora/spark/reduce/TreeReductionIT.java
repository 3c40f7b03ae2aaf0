package org.sparklora.spark.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.spark.TestOptimizers;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.loop.LocalSteps;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;

/** Gradients that real processes sum on the way. */
@Tag("long")
class TreeReductionIT {
  private static final int MICRO_BATCHES = 8;
  private static final int PARAMETERS = 1000;
  private static final int STEPS = 10;
  private static final Exchange TREE = way(ExchangeMode.TREE, GradientType.FP32);

  @TempDir private Path folder;

  @Test
  void theBytesAreThoseOfTheDirectWay() {
    HashedGradients gradients = new HashedGradients("", "", 0);
    float[] direct =
        train("local-cluster[2,1,768]", gradients, way(ExchangeMode.DIRECT, GradientType.FP32));
    assertThat(train("local[3]", gradients, TREE)).isEqualTo(direct);
    assertThat(train("local-cluster[3,1,768]", gradients, TREE)).isEqualTo(direct);
    assertThat(train("local-cluster[2,3,768]", gradients, TREE)).isEqualTo(direct);
  }

  /**
   * Of four executors, the second one sums for itself and the first, and the fourth for itself and
   * the third.
   */
  @Test
  void aKilledInnerNodeChangesNothing() throws IOException {
    float[] expected = train("local[1]", new HashedGradients("", "", 0), TREE);
    assertThat(train("local-cluster[4,1,768]", new KilledExecutor(folder.toString(), "1", 4), TREE))
        .isEqualTo(expected);
    assertThat(folder.resolve("killed")).exists();
  }

  /** Of six micro-batches a worker of two has a pair and a single one. */
  @Test
  void sumsThatGoEarlyChangeNothing() {
    HashedGradients gradients = new HashedGradients("", "once", 0);
    float[] expected = withoutSpark(6, GradientType.FP32);
    Exchange direct = way(ExchangeMode.DIRECT, GradientType.FP32);
    assertThat(train(6, "local-cluster[2,1,768]", gradients, direct)).isEqualTo(expected);
    assertThat(train(6, "local-cluster[2,1,768]", gradients, TREE)).isEqualTo(expected);
  }

  /** The killed executor is an inner node again. */
  @Test
  void gradientsInBf16GiveTheSameBytesEverywhere() {
    HashedGradients gradients = new HashedGradients("", "", 0);
    float[] expected = withoutSpark(MICRO_BATCHES, GradientType.BF16);
    Exchange direct = way(ExchangeMode.DIRECT, GradientType.BF16);
    Exchange tree = way(ExchangeMode.TREE, GradientType.BF16);
    assertThat(train("local[1]", gradients, TREE)).isNotEqualTo(expected);
    assertThat(train("local[1]", gradients, direct)).isEqualTo(expected);
    assertThat(train("local-cluster[3,1,768]", gradients, direct)).isEqualTo(expected);
    assertThat(train("local-cluster[2,3,768]", gradients, tree)).isEqualTo(expected);
    assertThat(train("local-cluster[4,1,768]", new KilledExecutor(folder.toString(), "1", 4), tree))
        .isEqualTo(expected);
    assertThat(folder.resolve("killed")).exists();
  }

  @Test
  void aFailedAttemptIsRetriedByItself() {
    float[] expected = train("local[1]", new HashedGradients("", "", 0), TREE);
    assertThat(train("local-cluster[2,1,768]", new HashedGradients("", "once", 0), TREE))
        .isEqualTo(expected);
  }

  /**
   * Kills its process in the middle of a step, once.
   *
   * @param executor whose process
   */
  private record KilledExecutor(String folder, String executor, long step)
      implements GradientComputerFactory {
    @Override
    public GradientComputer open(WorkerContext context) {
      GradientComputer computer = new HashedGradients("", "", 20).open(context);
      return new GradientComputer() {
        @Override
        public MicroBatchGradient compute(AdapterState state, int microBatch) {
          if (state.step() == step && SparkEnv.get().executorId().equals(executor)) {
            kill();
          }
          return computer.compute(state, microBatch);
        }

        @Override
        public void close() {}
      };
    }

    private void kill() {
      try {
        Files.createFile(Path.of(folder, "killed"));
        String pid = String.valueOf(ProcessHandle.current().pid());
        new ProcessBuilder("kill", "-9", pid).start().waitFor();
      } catch (FileAlreadyExistsException e) {
        // It has been killed before.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static float[] withoutSpark(int microBatches, GradientType type) {
    AdapterOptimizer optimizer = TestOptimizers.adamW(microBatches, PARAMETERS);
    GradientComputer computer =
        new GradientComputer() {
          @Override
          public MicroBatchGradient compute(AdapterState state, int microBatch) {
            return HashedGradients.gradient(state, microBatch);
          }

          @Override
          public void close() {}
        };
    new LocalSteps(computer, type).run(optimizer, STEPS, (result, seconds) -> {});
    return optimizer.state().values();
  }

  private static Exchange way(ExchangeMode mode, GradientType type) {
    return new Exchange(new ExchangeConfig(mode, type), 300);
  }

  /** Trains in two segments. */
  private static float[] train(String master, GradientComputerFactory gradients, Exchange way) {
    return train(MICRO_BATCHES, master, gradients, way);
  }

  private static float[] train(
      int microBatches, String master, GradientComputerFactory gradients, Exchange way) {
    AdapterOptimizer optimizer = TestOptimizers.adamW(microBatches, PARAMETERS);
    try (JavaSparkContext spark =
            new JavaSparkContext(
                SparkSettings.forTraining(Optional.of(master))
                    .set("spark.executor.memory", "512m"));
        SegmentRunner runner =
            new SegmentRunner(
                spark, gradients, 1, 60, way, Elasticity.Waits.DEFAULT, incident -> {})) {
      runner.awaitExecutors(microBatches);
      runner.run(optimizer, STEPS / 2, (result, seconds) -> {});
      runner.run(optimizer, STEPS, (result, seconds) -> {});
    }
    return optimizer.state().values();
  }
}
