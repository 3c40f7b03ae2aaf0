package org.sparklora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.train.objective.Objective;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.util.InvalidInputException;

/** Two samples a micro-batch, three micro-batches a step. */
@Timeout(60)
class DrawsAheadTest {
  private static final int BATCH = 2;
  private static final int MICRO_BATCHES = 3;
  private static final Objective OBJECTIVE =
      new Objective(
          NoiseSchedule.of(
              SchedulerConfig.of(
                  ModelFolder.open(
                          "src/quickstart/base-model",
                          new org.apache.hadoop.conf.Configuration(false),
                          Optional.empty())
                      .config("scheduler"))),
          new ObjectiveConfig(Optional.empty(), OptionalDouble.empty(), 0));

  private final ExecutorService readers = Executors.newFixedThreadPool(4);
  private final Map<Long, Integer> asked = new ConcurrentHashMap<>();

  @AfterEach
  void stop() {
    readers.shutdownNow();
  }

  @Test
  void samplesAreThoseThatAreReadWhenTheyAreNeeded() {
    DrawsAhead ahead = ahead(slot -> 4);
    ahead.willAskFor(1, 3);
    // Twice the same, a step left out, one of another worker: as after a retry.
    long[][] order = {{0, 1}, {0, 2}, {0, 2}, {1, 1}, {4, 1}, {4, 0}, {4, 2}};
    for (long[] at : order) {
      List<DrawnSample> read = ahead.of(at[0], (int) at[1]);
      List<DrawnSample> alone = ahead(slot -> 4).of(at[0], (int) at[1]);
      for (int j = 0; j < BATCH; j++) {
        assertThat(read.get(j).latents()).isEqualTo(alone.get(j).latents());
        assertThat(read.get(j).noise()).isEqualTo(alone.get(j).noise());
        assertThat(read.get(j).timestep()).isEqualTo(alone.get(j).timestep());
      }
    }
  }

  @Test
  void theNextMicroBatchesAreReadWhileOneIsComputed() throws InterruptedException {
    CountDownLatch next = new CountDownLatch(2 * BATCH);
    // The worker has micro-batches 1 and 2 of each step: after 0.1 come 0.2 and 1.1.
    Set<Long> coming = Set.of(4L, 5L, 8L, 9L);
    DrawsAhead ahead =
        ahead(
            slot -> {
              if (coming.contains(slot)) {
                next.countDown();
              }
              return 4;
            });
    ahead.willAskFor(1, 3);
    ahead.of(0, 1);
    next.await();
    ahead.of(0, 2);
    ahead.of(1, 1);
    assertThat(coming).allMatch(slot -> asked.get(slot) == 1, "read once");
    assertThat(asked.keySet()).as("those of another worker").doesNotContain(0L, 1L, 6L, 7L);
  }

  @Test
  void withoutAnOrderNothingIsReadAhead() {
    ahead(slot -> 4).of(0, 0);
    assertThat(asked).containsOnlyKeys(0L, 1L);
  }

  /** Each sample holds 48 MB here, of which 64 MiB are held for the future: one micro-batch. */
  @Test
  void largeSamplesAreReadAheadWithinTheMemory() throws Exception {
    DrawsAhead ahead = ahead(slot -> 2000);
    ahead.willAskFor(0, 3);
    ahead.of(0, 0);
    readers.shutdown();
    assertThat(readers.awaitTermination(50, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    assertThat(asked).containsOnlyKeys(0L, 1L, 2L, 3L);
  }

  @Test
  void whatCouldNotBeReadAheadIsReadAgainWhenItIsNeeded() {
    DrawsAhead ahead =
        ahead(
            slot -> {
              if (slot == 2 && asked.get(slot) == 1) {
                throw new IllegalStateException("for a moment");
              }
              return 4;
            });
    ahead.willAskFor(0, 3);
    ahead.of(0, 0);
    assertThat(ahead.of(0, 1)).hasSize(BATCH);
    assertThat(asked.get(2L)).isEqualTo(2);
  }

  @Test
  void whatCannotBeReadFailsTheMicroBatchThatNeedsItWithItsReason() {
    DrawsAhead ahead =
        ahead(
            slot -> {
              if (slot == 2) {
                throw InvalidInputException.data("Invalid latent cache: damaged");
              }
              return 4;
            });
    ahead.willAskFor(0, 3);
    assertThat(ahead.of(0, 0)).hasSize(BATCH);
    assertThatThrownBy(() -> ahead.of(0, 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("Invalid latent cache: damaged");
  }

  @Test
  void storedCaptionsAreReadWithTheirSamplesByTheReadersAlone() {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    CaptionStates.Encoded caption =
        new CaptionStates.Encoded(77, new float[77 * 100_000], Optional.empty());
    DrawsAhead ahead =
        ahead(
            slot -> 4,
            ids -> {
              threads.add(Thread.currentThread().getName());
              return Optional.of(caption);
            });
    ahead.willAskFor(0, 3);
    for (int microBatch = 0; microBatch < 3; microBatch++) {
      assertThat(ahead.of(0, microBatch))
          .allSatisfy(one -> assertThat(one.caption()).containsSame(caption));
    }
    assertThat(threads).isNotEmpty().doesNotContain(Thread.currentThread().getName());
    assertThat(asked.keySet()).as("a caption of 31 MB counts").allMatch(slot -> slot < 8);
  }

  private DrawsAhead ahead(LongUnaryOperator sides) {
    return ahead(sides, CaptionStates.NONE);
  }

  /**
   * @param sides of a slot's sample
   */
  private DrawsAhead ahead(LongUnaryOperator sides, CaptionStates captions) {
    SampleSource samples =
        slot -> {
          asked.merge(slot, 1, Integer::sum);
          int side = (int) sides.applyAsLong(slot);
          float[] mean = KeyedRandom.of(3, Purpose.NOISE, 1, slot).normals(side * side);
          return new TrainingSample(
              1,
              side,
              side,
              mean,
              Optional.empty(),
              new int[77],
              Optional.empty(),
              Optional.empty());
        };
    LoraGradientComputer.Draw draw = new LoraGradientComputer.Draw(7, BATCH, MICRO_BATCHES, 0.18);
    return new DrawsAhead(
        new SampleDraws(OBJECTIVE, samples, Optional.empty(), draw, captions), readers);
  }
}
