package org.sparklora.spark.validation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.sparklora.data.order.Appearances;
import org.sparklora.data.order.HeldOutBatches;
import org.sparklora.data.order.SampleOrder;
import org.sparklora.pipeline.request.ValidationConfig;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunEvent.ValidationPicture;
import org.sparklora.report.event.RunEvents;
import org.sparklora.spark.SparkTestSession;
import org.sparklora.spark.prepare.PrepareResult;
import org.sparklora.spark.reduce.GradientComputerFactory;
import org.sparklora.spark.reduce.SegmentRunner;
import org.sparklora.spark.reduce.WorkerContext;
import org.sparklora.spark.run.TrainingData;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.MicroBatchGradient;

/** When and where validations are made; the test's session has two slots. */
class ValidationTest {
  private final List<RunEvent> told = new CopyOnWriteArrayList<>();

  /** Losses that tell batch and adapter. */
  private record KnownLosses() implements GradientComputerFactory {
    @Override
    public GradientComputer open(WorkerContext context) {
      return new GradientComputer() {
        @Override
        public MicroBatchGradient compute(AdapterState state, int microBatch) {
          return new MicroBatchGradient(0, state.values());
        }

        @Override
        public double heldOutLoss(AdapterState state, int batch) {
          if (state.values()[0] < 0) {
            throw new IllegalStateException("the GPU is on fire");
          }
          return state.values()[0] + batch;
        }

        @Override
        public void close() {}
      };
    }
  }

  private record Drawing(CountDownLatch until) implements Validation.Pictures {
    @Override
    public int count() {
      return 1;
    }

    @Override
    public List<ValidationPicture> draw(long step, float[] values, int slots)
        throws InterruptedException, ExecutionException {
      until.await();
      return List.of(new ValidationPicture("at " + slots, step, new byte[0], new byte[0]));
    }
  }

  @Test
  void aFailureIsAnIncidentAndTheNextOneIsMade() throws IOException {
    validate(
        2,
        new CountDownLatch(0),
        validation -> {
          validation.at(state(1, -1));
          validation.at(state(2, 4));
        });
    assertThat(told).hasSize(2);
    assertThat(((RunEvent.Incident) told.get(0)).what())
        .startsWith("Validation at step 1 failed")
        .contains("the GPU is on fire");
    RunEvent.Validated validated = (RunEvent.Validated) told.get(1);
    // Batches 0, 1, 2 of five samples: 3 x 4 + 0 + 1 + 2.
    assertThat(validated.loss()).isEqualTo(OptionalDouble.of(15 / 5.0));
    assertThat(validated.pictures().get(0).prompt()).as("all slots").isEqualTo("at 2");
  }

  /** Training has one micro-batch a step, so a slot is free. */
  @Test
  void trainingGoesOnBesideAndAValidationThatIsNotDoneIsNotOvertaken() throws IOException {
    CountDownLatch until = new CountDownLatch(1);
    validate(
        1,
        until,
        validation -> {
          validation.at(state(10, 4));
          validation.at(state(20, 4));
          assertThat(told).noneMatch(event -> event instanceof RunEvent.Validated);
          until.countDown();
          assertThat(validation.last(state(30, 4))).hasSize(1);
        });
    assertThat(told).hasSize(3);
    assertThat(((RunEvent.Incident) told.get(0)).what()).contains("No validation at step 20");
    RunEvent.Validated beside = (RunEvent.Validated) told.get(1);
    assertThat(beside.step()).isEqualTo(10);
    assertThat(beside.pictures().get(0).prompt()).isEqualTo("at 1");
    assertThat(((RunEvent.Validated) told.get(2)).step()).isEqualTo(30);
  }

  private interface Run {
    void with(Validation validation) throws IOException;
  }

  private void validate(int workers, CountDownLatch until, Run run) throws IOException {
    BatchConfig batch =
        new BatchConfig(2, 1, workers, 1, 0, Precision.FP32, AttentionKernel.DEFAULT, false);
    long[] sizes = {5};
    TrainingData data =
        new TrainingData(
            new PrepareResult("", 5, sizes, Appearances.once(sizes.length), 0, List.of(), false),
            Optional.empty(),
            SampleOrder.of(0, sizes, 2),
            List.of(),
            Optional.of(HeldOutBatches.all(sizes, 2)));
    try (RunEvents events = new RunEvents(List.of(told::add));
        SegmentRunner runner =
            new SegmentRunner(SparkTestSession.context(), new KnownLosses(), 1, 60);
        Validation validation =
            new Validation(
                new ValidationConfig.Every(OptionalLong.of(10), 1),
                batch,
                SparkTestSession.context(),
                runner,
                data,
                new Drawing(until),
                events)) {
      run.with(validation);
    }
  }

  private static AdapterState state(long step, float value) {
    return new AdapterState(step, 1, new float[] {value});
  }
}
