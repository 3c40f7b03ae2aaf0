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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.spark.TestOptimizers;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.MicroBatchGradient;

/** Gradients that real processes sum on the way. */
class TreeReductionIT {
  private static final int MICRO_BATCHES = 8;
  private static final int PARAMETERS = 1000;
  private static final int STEPS = 10;
  private static final Exchange TREE = new Exchange(ExchangeMode.TREE, 300);

  @TempDir private Path folder;

  @Test
  void theBytesAreThoseOfTheDirectWay() {
    HashedGradients gradients = new HashedGradients("", "", 0);
    float[] direct = train("local-cluster[2,1,768]", gradients, new Exchange(ExchangeMode.DIRECT));
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

  /** Trains in two segments. */
  private static float[] train(String master, GradientComputerFactory gradients, Exchange way) {
    AdapterOptimizer optimizer = TestOptimizers.adamW(MICRO_BATCHES, PARAMETERS);
    try (JavaSparkContext spark =
            new JavaSparkContext(
                SparkSettings.forTraining(Optional.of(master))
                    .set("spark.executor.memory", "512m"));
        SegmentRunner runner =
            new SegmentRunner(
                spark, gradients, 1, 60, way, Elasticity.Waits.DEFAULT, incident -> {})) {
      runner.awaitExecutors(MICRO_BATCHES);
      runner.run(optimizer, STEPS / 2, (result, seconds) -> {});
      runner.run(optimizer, STEPS, (result, seconds) -> {});
    }
    return optimizer.state().values();
  }
}
