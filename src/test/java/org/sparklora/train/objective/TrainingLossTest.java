package org.sparklora.train.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.tensor.Ops;
import org.sparklora.train.Fixtures;

class TrainingLossTest {
  private static final int[] TIMESTEPS = {0, 1, 37, 500, 981, 999};
  private static final long[] SHAPE = {6, 2, 3, 4};
  private static final int VALUES = 6 * 2 * 3 * 4;

  @Test
  void everyCostAndWeightMatchesItsFormulaInTorch() {
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      for (JsonNode reference : Fixtures.cases("losses.json")) {
        compare(ops, reference);
      }
    }
  }

  private static void compare(Ops ops, JsonNode reference) {
    try (NDManager scope = ops.manager().newSubManager()) {
      NDArray prediction = scope.create(values(31, 5), new Shape(SHAPE));
      ops.requireGradient(prediction);
      NoisyBatch batch = batch(reference);
      TrainingLoss cost = TrainingLoss.on(ops, scope, DeviceBatch.of(ops, scope, batch));
      NDArray loss = ops.recordGradients(() -> cost.of(prediction));
      ops.backward(loss, scope.ones(new Shape()));
      float[] gradient = ops.gradient(prediction).toFloatArray();
      float[] every3rd = new float[VALUES / 3];
      for (int i = 0; i < every3rd.length; i++) {
        every3rd[i] = gradient[3 * i];
      }
      double expected = reference.get("loss").doubleValue();
      assertThat((double) loss.getFloat())
          .as(reference.toString())
          .isCloseTo(expected, within(2e-6 * expected));
      Fixtures.assertClose(every3rd, reference.get("gradient"), 5e-6);
    }
  }

  private static NoisyBatch batch(JsonNode reference) {
    LossConfig loss =
        new LossConfig(
            constant(LossConfig.Type.class, reference.get("loss_type")),
            constant(LossConfig.HuberSchedule.class, reference.get("huber_schedule")),
            reference.get("huber_c").doubleValue(),
            reference.get("huber_scale").doubleValue());
    ObjectiveConfig config =
        new ObjectiveConfig(
            Optional.of(constant(PredictionType.class, reference.get("prediction_type"))),
            reference.get("snr_gamma").isNull()
                ? OptionalDouble.empty()
                : OptionalDouble.of(reference.get("snr_gamma").doubleValue()),
            reference.get("debiased").booleanValue(),
            SnrConfig.PLAIN,
            loss,
            NoiseConfig.offset(0),
            TimestepConfig.ALL);
    List<float[]> zeros = Collections.nCopies(TIMESTEPS.length, new float[VALUES / 6]);
    NoisyBatch noised =
        new Objective(schedule(false), config).noise(new long[] {2, 3, 4}, zeros, zeros, TIMESTEPS);
    NoisyBatch batch =
        new NoisyBatch(
            SHAPE, noised.noisy(), values(17, 11), TIMESTEPS, noised.weights(), noised.huber());
    return reference.get("masked").booleanValue() ? batch.withMask(mask()) : batch;
  }

  static NoiseSchedule schedule(boolean zeroTerminalSnr) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("_class_name", "DDPMScheduler");
    config.put("beta_start", 0.00085);
    config.put("beta_end", 0.012);
    config.put("beta_schedule", "scaled_linear");
    config.put("rescale_betas_zero_snr", zeroTerminalSnr);
    return NoiseSchedule.of(SchedulerConfig.of(config));
  }

  private static <E extends Enum<E>> E constant(Class<E> type, JsonNode name) {
    return Enum.valueOf(type, name.asText().toUpperCase(Locale.ROOT));
  }

  private static float[] values(int factor, int offset) {
    float[] values = new float[VALUES];
    for (int i = 0; i < VALUES; i++) {
      values[i] = ((i * factor + offset) % 97 - 48) / 32f;
    }
    return values;
  }

  private static float[] mask() {
    float[] mask = new float[6 * 3 * 4];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = (i * 5 % 9) / 8f;
    }
    return mask;
  }
}
