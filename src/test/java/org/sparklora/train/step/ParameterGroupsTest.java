package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.tensor.Precision;
import org.sparklora.train.Fixtures;
import org.sparklora.train.checkpoint.Checkpoints;
import org.sparklora.train.checkpoint.OptimizerStateFile;
import org.sparklora.train.optimizer.EmaConfig;
import org.sparklora.train.optimizer.ParameterTensor;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LearningRateSchedule;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.util.InvalidInputException;

class ParameterGroupsTest {
  private static final UpdateRuleConfig ADAMW = new UpdateRuleConfig.AdamW(0.9, 0.999, 1e-2, 1e-8);

  /** Four tensors, the second large enough for codes of 8 bits. */
  private static final List<ParameterTensor> TENSORS =
      List.of(
          new ParameterTensor(0, new long[] {6, 5}),
          new ParameterTensor(30, new long[] {5, 820}),
          new ParameterTensor(4130, new long[] {9}),
          new ParameterTensor(4139, new long[] {4, 3}));

  private static final int PARAMETERS = 4151;

  /** Pivotal tuning: a row of the embedding first, then the rest, for a while together. */
  private static final List<ParameterGroup> PHASES =
      List.of(
          new ParameterGroup("unet", of(0, 3), schedule(LrScheduler.COSINE, 1e-3), 8, 1000),
          new ParameterGroup("text_encoder", of(1), schedule(LrScheduler.LINEAR, 5e-4), 8, 16),
          new ParameterGroup("tokens", of(2), schedule(LrScheduler.CONSTANT, 1e-2), 0, 12));

  @TempDir java.nio.file.Path folder;

  static List<UpdateRuleConfig> rules() {
    return List.of(
        ADAMW,
        new UpdateRuleConfig.AdamW8bit(0.9, 0.999, 1e-2, 1e-8),
        new UpdateRuleConfig.Lion(0.9, 0.99, 0.1),
        new UpdateRuleConfig.Adafactor(0, true, true, true),
        UpdateRuleConfig.ProdigyPlus.USUAL,
        new UpdateRuleConfig.Prodigy(
            0.9, 0.999, 0.99, 0.1, 1e-8, true, true, true, 1e-6, 1, Double.POSITIVE_INFINITY));
  }

  @Test
  void matchTorchsParameterGroups() {
    JsonNode reference = Fixtures.cases("parameter_groups.json").get(0);
    List<ParameterTensor> tensors = new ArrayList<>();
    for (JsonNode size : reference.get("sizes")) {
      tensors.add(
          new ParameterTensor(ParameterTensor.total(tensors), new long[] {size.longValue()}));
    }
    List<ParameterGroup> groups =
        reference.get("groups").valueStream().map(group -> group(group, tensors)).toList();
    OptimizerConfig config =
        new OptimizerConfig(
            0, reference.get("max_grad_norm").doubleValue(), ADAMW, Optional.empty());
    AdapterOptimizer optimizer =
        new AdapterOptimizer(config, Precision.FP32, 1, groups, Fixtures.start());
    for (int step = 0; step < reference.get("norms").size(); step++) {
      StepResult result = optimizer.apply(new MicroBatchGradient(1, Fixtures.gradient(step)));
      double norm = reference.get("norms").get(step).doubleValue();
      assertThat(result.gradientNorm()).isCloseTo(norm, within(1e-6 * norm));
      JsonNode rates = reference.get("rates").get(step);
      assertThat(result.learningRates()).hasSize(rates.size());
      result
          .learningRates()
          .forEach(
              (group, rate) ->
                  assertThat(rate).isCloseTo(rates.get(group).doubleValue(), within(1e-16)));
      JsonNode after = reference.get("after").get(String.valueOf(step + 1));
      if (after != null) {
        Fixtures.assertClose(optimizer.state().values(), after, 1e-6);
      }
    }
  }

  private static ParameterGroup group(JsonNode group, List<ParameterTensor> tensors) {
    LrScheduler scheduler =
        LrScheduler.valueOf(group.get("scheduler").asText().toUpperCase(Locale.ROOT));
    long warmup = group.get("warmup").longValue();
    long total = group.get("total").longValue();
    return new ParameterGroup(
        group.get("name").asText(),
        group.get("tensors").valueStream().map(t -> tensors.get(t.intValue())).toList(),
        new LearningRateSchedule(
            new LearningRateConfig(scheduler, warmup, total, 1, 1), group.get("lr").doubleValue()),
        group.get("first").longValue(),
        group.get("end").longValue());
  }

  @ParameterizedTest
  @MethodSource("rules")
  void aGroupHasTheBitsOfAnAdapterOfItsOwn(UpdateRuleConfig rule) {
    OptimizerConfig config =
        new OptimizerConfig(0, Double.POSITIVE_INFINITY, rule, Optional.empty());
    AdapterOptimizer together = new AdapterOptimizer(config, Precision.FP32, 1, PHASES, start());
    train(together, 20);
    for (ParameterGroup group : PHASES) {
      List<ParameterTensor> alone = new ArrayList<>();
      group
          .tensors()
          .forEach(t -> alone.add(new ParameterTensor(ParameterTensor.total(alone), t.shape())));
      AdapterOptimizer optimizer =
          new AdapterOptimizer(
              config,
              Precision.FP32,
              1,
              List.of(new ParameterGroup("alone", alone, group.schedule())),
              part(group, start()));
      for (long step = group.firstStep(); step < Math.min(20, group.endStep()); step++) {
        float[] gradient = part(group, Fixtures.gradient((int) step, PARAMETERS));
        optimizer.apply(new MicroBatchGradient(1, gradient));
      }
      assertThat(part(group, together.state().values()))
          .as(group.name())
          .isEqualTo(optimizer.state().values());
    }
  }

  @ParameterizedTest
  @MethodSource("rules")
  void oneGroupHasTheBitsAndTheFileOfAnAdapterWithoutGroups(UpdateRuleConfig rule)
      throws IOException {
    OptimizerConfig config = config(rule);
    LearningRateConfig cosine = new LearningRateConfig(LrScheduler.COSINE, 3, 20, 1, 1);
    AdapterOptimizer plain =
        new AdapterOptimizer(config, cosine, Precision.FP16, 1, TENSORS, start());
    LearningRateSchedule schedule = new LearningRateSchedule(cosine, config.learningRate());
    List<ParameterGroup> one = List.of(new ParameterGroup("unet", TENSORS, schedule));
    AdapterOptimizer grouped = new AdapterOptimizer(config, Precision.FP16, 1, one, start());
    train(plain, 10);
    train(grouped, 10);
    assertThat(grouped.state().values()).isEqualTo(plain.state().values());
    assertThat(file(grouped)).isEqualTo(file(plain));

    AdapterOptimizer resumed =
        AdapterOptimizer.resume(config, Precision.FP16, 1, one, saved(plain));
    train(resumed, 5);
    train(plain, 5);
    assertThat(file(resumed)).isEqualTo(file(plain));
  }

  @Test
  void aGroupStandsStillOutsideItsSpan() {
    AdapterOptimizer optimizer =
        new AdapterOptimizer(config(ADAMW), Precision.FP32, 1, PHASES, start());
    float[] gradient = Fixtures.gradient(0, PARAMETERS);
    gradient[0] = Float.NaN;
    StepResult first = optimizer.apply(new MicroBatchGradient(1, gradient));

    assertThat(first.skipped()).as("the UNet's gradient does not count yet").isFalse();
    assertThat(first.gradientNorm())
        .isEqualTo(GradientClipping.norm(part(PHASES.get(2), gradient)));
    assertThat(first.learningRates()).isEqualTo(Map.of("tokens", 1e-2));
    assertThat(first.learningRate()).isEqualTo(1e-2);
    assertThat(Arrays.copyOf(optimizer.state().values(), 4130))
        .isEqualTo(Arrays.copyOf(start(), 4130));
    assertThat(updates(optimizer)).containsExactly(0L, 0L, 1L);

    train(optimizer, 11);
    float[] tokens = part(PHASES.get(2), optimizer.state().values());
    train(optimizer, 8);
    assertThat(updates(optimizer)).containsExactly(12L, 8L, 12L);
    assertThat(part(PHASES.get(2), optimizer.state().values())).isEqualTo(tokens);
  }

  @Test
  void aSkippedStepStopsEveryClock() {
    AdapterOptimizer optimizer =
        new AdapterOptimizer(config(ADAMW), Precision.FP32, 1, PHASES, start());
    train(optimizer, 9);
    float[] before = optimizer.state().values();
    float[] gradient = Fixtures.gradient(9, PARAMETERS);
    gradient[40] = Float.POSITIVE_INFINITY;
    StepResult skipped = optimizer.apply(new MicroBatchGradient(1, gradient));
    assertThat(skipped.skipped()).isTrue();
    assertThat(skipped.learningRates()).containsOnlyKeys("unet", "text_encoder", "tokens");
    assertThat(optimizer.state().values()).isEqualTo(before);
    assertThat(updates(optimizer)).containsExactly(1L, 1L, 9L);
  }

  @Test
  void aStepThatTrainsNothingChangesNothing() {
    List<ParameterGroup> later =
        List.of(new ParameterGroup("a", TENSORS, schedule(LrScheduler.CONSTANT, 1e-3), 1, 2));
    AdapterOptimizer optimizer =
        new AdapterOptimizer(config(ADAMW), Precision.FP32, 1, later, start());
    StepResult result =
        optimizer.apply(new MicroBatchGradient(1, Fixtures.gradient(0, PARAMETERS)));
    assertThat(result.learningRate()).isZero();
    assertThat(result.gradientNorm()).isZero();
    assertThat(optimizer.state().values()).isEqualTo(start());
    assertThat(optimizer.state().step()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void goOnFromTheMiddleOfEachPhaseBitForBit(UpdateRuleConfig rule) throws IOException {
    for (int stop : new int[] {3, 8, 10, 14, 18}) {
      AdapterOptimizer straight =
          new AdapterOptimizer(config(rule), Precision.FP16, 1, PHASES, start());
      train(straight, stop);
      AdapterOptimizer resumed =
          AdapterOptimizer.resume(config(rule), Precision.FP16, 1, PHASES, saved(straight));
      train(straight, 22 - stop);
      train(resumed, 22 - stop);
      assertThat(file(resumed)).as("stopped at %d", stop).isEqualTo(file(straight));
    }
  }

  @Test
  void refuseAStateOfOtherGroups() throws IOException {
    OptimizerState grouped =
        saved(new AdapterOptimizer(config(ADAMW), Precision.FP32, 1, PHASES, start()));
    LearningRateSchedule schedule = schedule(LrScheduler.CONSTANT, 1e-3);
    List<ParameterGroup> two =
        List.of(
            new ParameterGroup("unet", of(0, 1, 3), schedule),
            new ParameterGroup("tokens", of(2), schedule));
    assertThatThrownBy(
            () -> AdapterOptimizer.resume(config(ADAMW), Precision.FP32, 1, two, grouped))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "Cannot resume: the checkpoint's optimizer has the groups text_encoder (values"
                + " 30-4130), tokens (values 4130-4139), unet (values 0-30 4139-4151) and this run"
                + " tokens (values 4130-4139), unet (values 0-4130 4139-4151); train with the"
                + " learning rates and the trained parts the checkpoint was made with.");
    List<ParameterGroup> one = List.of(new ParameterGroup("unet", TENSORS, schedule));
    assertThatThrownBy(
            () -> AdapterOptimizer.resume(config(ADAMW), Precision.FP32, 1, one, grouped))
        .hasMessageContaining("and this run unet (values 0-4151)");
    OptimizerState single =
        saved(new AdapterOptimizer(config(ADAMW), Precision.FP32, 1, one, start()));
    assertThatThrownBy(() -> AdapterOptimizer.resume(config(ADAMW), Precision.FP32, 1, two, single))
        .hasMessageContaining("has the groups of a single one (values 0-4151) and this run");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0 1 2", "0 1 2 2 3", "0 1 3", "1 2 3"})
  void haveEveryValueOnce(String tensors) {
    List<ParameterGroup> groups =
        Arrays.stream(tensors.split(" "))
            .mapToInt(Integer::parseInt)
            .mapToObj(t -> new ParameterGroup("g" + t, of(t), schedule(LrScheduler.CONSTANT, 1)))
            .toList();
    assertThatThrownBy(
            () -> new AdapterOptimizer(config(ADAMW), Precision.FP32, 1, groups, start()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static List<ParameterTensor> of(int... tensors) {
    return Arrays.stream(tensors).mapToObj(TENSORS::get).toList();
  }

  private static LearningRateSchedule schedule(LrScheduler scheduler, double base) {
    return new LearningRateSchedule(new LearningRateConfig(scheduler, 2, 20, 1, 1), base);
  }

  private static OptimizerConfig config(UpdateRuleConfig rule) {
    return new OptimizerConfig(
        1e-3, 0.05, rule, Optional.of(new EmaConfig(0.99, 0, 2, false, 1, 1)));
  }

  private static float[] start() {
    float[] start = new float[PARAMETERS];
    for (int i = 0; i < start.length; i++) {
      start[i] = (i * 29 % 64 - 32) / 256f;
    }
    return start;
  }

  private static float[] part(ParameterGroup group, float[] whole) {
    float[] part = new float[ParameterTensor.total(group.tensors())];
    int at = 0;
    for (ParameterTensor tensor : group.tensors()) {
      for (int i = 0; i < tensor.size(); i++) {
        part[at++] = whole[tensor.offset() + i];
      }
    }
    return part;
  }

  private static void train(AdapterOptimizer optimizer, int steps) {
    for (int i = 0; i < steps; i++) {
      AdapterState state = optimizer.state();
      float[] gradient = Fixtures.gradient((int) state.step(), PARAMETERS);
      for (int p = 0; p < PARAMETERS; p++) {
        gradient[p] *= state.lossScale();
      }
      optimizer.apply(new MicroBatchGradient(1, gradient));
    }
  }

  private static List<Long> updates(AdapterOptimizer optimizer) {
    return optimizer.export().groups().stream().map(OptimizerState.Group::updates).toList();
  }

  private static byte[] file(AdapterOptimizer optimizer) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    OptimizerStateFile.write(optimizer.export(), bytes);
    return bytes.toByteArray();
  }

  /** The state as a checkpoint brings it back. */
  private OptimizerState saved(AdapterOptimizer optimizer) throws IOException {
    java.nio.file.Path output = Files.createTempDirectory(folder, "run");
    Checkpoints checkpoints = new Checkpoints(new Configuration(), new Path(output.toUri()));
    checkpoints.save(optimizer.export(), Map.of(), Map.of());
    return checkpoints.resume(Checkpoints.LATEST).orElseThrow().state();
  }
}
