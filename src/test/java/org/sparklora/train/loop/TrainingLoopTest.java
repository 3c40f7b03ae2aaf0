package org.sparklora.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.store.FileContent;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Precision;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.checkpoint.Checkpoints;
import org.sparklora.train.optimizer.ParameterTensor;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LearningRateSchedule;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.train.step.ParameterGroup;
import org.sparklora.train.step.StepResult;
import org.sparklora.train.step.StepTiming;
import org.sparklora.train.step.TrainingDivergedException;

/** A loop of 10 steps with a checkpoint every third, on gradients that are drawn. */
@Timeout(60)
class TrainingLoopTest {
  private static final int PARAMETERS = 7;
  private static final int STEPS = 10;
  private static final Map<String, String> RECIPE = Map.of("rank", "4");

  @TempDir private java.nio.file.Path folder;

  private final List<String> told = Collections.synchronizedList(new ArrayList<>());
  private final Told listener = new Told();
  private Function<float[], Map<String, FileContent>> files = values -> Map.of();
  private Checkpoints checkpoints;

  private class Told implements LoopListener {
    @Override
    public void onStep(StepResult result, StepTiming timing) {
      told.add("step " + result.step());
    }

    @Override
    public void onSaved(long step, Path folder) {
      told.add("saved " + step);
    }

    @Override
    public void onPause() {
      told.add("pause");
    }
  }

  /** A function of the step, the micro-batch and the adapter, as every gradient is. */
  private record Drawn(float factor) implements GradientComputer {
    @Override
    public MicroBatchGradient compute(AdapterState state, int microBatch) {
      float[] values =
          KeyedRandom.of(1, Purpose.NOISE, state.step(), microBatch).normals(PARAMETERS);
      for (int i = 0; i < values.length; i++) {
        values[i] = factor * (values[i] + state.values()[i]);
      }
      return new MicroBatchGradient(1, values);
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void open() throws IOException {
    checkpoints = new Checkpoints(new Configuration(), new Path(folder.toUri()));
  }

  @Test
  void takesAllStepsAndSavesThoseThatAreDue() throws IOException {
    AdapterOptimizer optimizer = start(Optional.empty());
    loop(optimizer, Milestones.NONE, STEPS).run();
    assertThat(optimizer.state().step()).isEqualTo(STEPS);
    assertThat(told.stream().filter(what -> what.startsWith("saved")))
        .containsExactly("saved 3", "saved 6", "saved 9");
    assertThat(told.stream().filter(what -> what.startsWith("step"))).hasSize(STEPS);
    assertThat(checkpoints.list()).hasSize(2);
  }

  @Test
  void goesOnFromACheckpointToTheSameBytes() throws IOException {
    AdapterOptimizer whole = start(Optional.empty());
    loop(whole, Milestones.NONE, STEPS).run();
    AdapterOptimizer again = start(Optional.of("checkpoint-6"));
    assertThat(again.state().step()).isEqualTo(6);
    loop(again, Milestones.NONE, STEPS).run();
    assertThat(again.state().values()).isEqualTo(whole.state().values());
  }

  @Test
  void stepsGoOnWhileACheckpointIsWritten() throws IOException {
    CountDownLatch later = new CountDownLatch(1);
    files =
        values -> {
          awaitQuietly(later);
          return Map.of();
        };
    AdapterOptimizer optimizer = start(Optional.empty());
    LoopListener fifth =
        new Told() {
          @Override
          public void onStep(StepResult result, StepTiming timing) {
            super.onStep(result, timing);
            if (result.step() == 4) {
              later.countDown();
            }
          }
        };
    loop(optimizer, new LocalSteps(new Drawn(1), GradientType.FP32), Milestones.NONE, 5, fifth)
        .run();
    assertThat(told).endsWith("saved 3").contains("step 4");
    assertThat(start(Optional.of("checkpoint-3")).state().step()).isEqualTo(3);
  }

  @Test
  void aCheckpointThatCannotBeWrittenEndsTheRunWithItsReason() throws IOException {
    files =
        values ->
            Map.of(
                "adapter",
                out -> {
                  throw new IOException("No space left on device");
                });
    AdapterOptimizer optimizer = start(Optional.empty());
    assertThatThrownBy(() -> loop(optimizer, Milestones.NONE, 1_000_000).run())
        .isInstanceOf(IOException.class)
        .hasMessage("No space left on device");
    assertThat(told).doesNotContain("saved 3");
  }

  @Test
  void theLastStepOfARunThatDivergedIsNotSaved() throws IOException {
    AdapterOptimizer optimizer = start(Optional.empty());
    TrainingLoop loop =
        loop(
            optimizer,
            new LocalSteps(new Drawn(Float.NaN), GradientType.FP32),
            Milestones.NONE,
            3,
            listener);
    assertThatThrownBy(loop::run).isInstanceOf(TrainingDivergedException.class);
    assertThat(checkpoints.list()).isEmpty();
  }

  @Test
  void pausesAtMilestonesOnly() throws IOException {
    Milestones everyFourth =
        new Milestones() {
          @Override
          public long after(long step) {
            return (step / 4 + 1) * 4;
          }

          @Override
          public void first(AdapterState state) {
            told.add("first look at " + state.step());
          }

          @Override
          public void at(AdapterState state) {
            told.add("look at " + state.step());
          }
        };
    loop(start(Optional.empty()), everyFourth, STEPS).run();
    assertThat(told.stream().filter(what -> what.contains("look") || what.equals("pause")))
        .containsExactly("first look at 0", "pause", "look at 4", "pause", "look at 8", "pause");
  }

  @Test
  void whoeverEndsItSavesTheLastStepOnce() throws IOException {
    AdapterOptimizer optimizer = start(Optional.empty());
    CheckpointSaver saver = saver(optimizer, listener);
    StepRunner stopped =
        (steps, end, each) -> {
          new LocalSteps(new Drawn(1), GradientType.FP32).run(steps, 5, each);
          throw new IllegalStateException("told to end");
        };
    TrainingLoop loop =
        new TrainingLoop(optimizer, STEPS, stopped, saver, Milestones.NONE, listener);
    assertThatThrownBy(loop::run).hasMessage("told to end");
    saver.save();
    saver.save();
    assertThat(told).endsWith("saved 3", "saved 5").doesNotHaveDuplicates();
    assertThat(Files.exists(folder.resolve("checkpoint-5/manifest.json"))).isTrue();
  }

  private TrainingLoop loop(AdapterOptimizer optimizer, Milestones milestones, long steps) {
    return loop(
        optimizer, new LocalSteps(new Drawn(1), GradientType.FP32), milestones, steps, listener);
  }

  private TrainingLoop loop(
      AdapterOptimizer optimizer,
      StepRunner runner,
      Milestones milestones,
      long steps,
      LoopListener listener) {
    return new TrainingLoop(
        optimizer, steps, runner, saver(optimizer, listener), milestones, listener);
  }

  private CheckpointSaver saver(AdapterOptimizer optimizer, LoopListener listener) {
    CheckpointSaver.Plan plan = new CheckpointSaver.Plan(3, OptionalInt.of(2), RECIPE, files);
    return new CheckpointSaver(checkpoints, plan, optimizer, listener);
  }

  private AdapterOptimizer start(Optional<String> checkpoint) throws IOException {
    LoopStart start =
        new LoopStart(
            new OptimizerConfig(1e-2, 0.9, 0.999, 1e-2, 1e-8, 1),
            Precision.FP32,
            2,
            List.of(
                new ParameterGroup(
                    "adapter",
                    ParameterTensor.vector(PARAMETERS),
                    new LearningRateSchedule(
                        new LearningRateConfig(LrScheduler.CONSTANT, 0, STEPS, 1, 1), 1e-2),
                    0,
                    ParameterGroup.ALWAYS)),
            List.of(),
            RECIPE);
    return start.from(
        checkpoint.isPresent() ? checkpoints.resume(checkpoint.get()) : Optional.empty(),
        () -> new float[PARAMETERS]);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
