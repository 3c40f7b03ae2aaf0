package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.lora.LoraConfig;
import org.sparklora.nn.Tape;
import org.sparklora.nn.unet.Conditions;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.train.RandomUNet;

/** The gradient of the text's hidden states through a whole UNet. */
@Tag("long")
class ContextGradientTest {
  private static final AttentionKernel SDPA = AttentionKernel.DEFAULT;
  private static final List<String> EVERY_LAYER = List.of("re:.*");
  private static final int BATCH = 2;

  @TempDir private Path folder;

  static List<AttentionKernel> kernels() {
    return List.of(SDPA, new AttentionKernel.Plain(), new AttentionKernel.Sliced(3));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void isAutogradsWhereOnlyTheContextHasOne(AttentionKernel kernel) {
    assertIsAutograds(golden("sd15"), kernel, List.of());
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void isAutogradsWithKeysAndValuesAdapted(AttentionKernel kernel) {
    assertIsAutograds(golden("sd15"), kernel, LoraConfig.ATTENTION);
  }

  @Test
  void isAutogradsOfEveryLayerAdapted() {
    assertIsAutograds(golden("sd2"), SDPA, EVERY_LAYER);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"only_cross_attention\": true",
        "\"cross_attention_type\": \"multi_query\"",
        "\"cross_attention_type\": \"cosine\"",
        "\"resnet_time_scale_shift\": \"scale_shift\"",
        "\"upcast_attention\": true"
      })
  void isAutogradsOfEveryVariant(String setting) throws IOException {
    Path model = variant(setting);
    assertIsAutograds(model, SDPA, List.of());
    assertIsAutograds(model, SDPA, EVERY_LAYER);
  }

  @ParameterizedTest
  @EnumSource(names = {"FP32", "BF16"})
  void hasTheSameBitsWithCheckpointing(Precision precision) throws IOException {
    for (Path model :
        List.of(golden("sd15"), variant("\"cross_attention_type\": \"multi_query\""))) {
      for (List<String> targets : List.of(List.<String>of(), EVERY_LAYER)) {
        try (Ops ops = Ops.open(Device.cpu(), 1);
            RandomUNet network = network(ops, model, precision, SDPA, targets)) {
          boolean adapted = !targets.isEmpty();
          Gradients kept = gradients(ops, network, precision, adapted, false, true);
          Gradients anew = gradients(ops, network, precision, adapted, true, true);
          assertThat(norm(kept.context())).isPositive();
          assertThat(anew.context()).isEqualTo(kept.context());
          assertThat(anew.adapter()).isEqualTo(kept.adapter());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FP32", "BF16"})
  void leavesTheAdaptersGradientAsItIs(Precision precision) {
    for (List<String> targets :
        List.of(EVERY_LAYER, LoraConfig.ATTENTION, List.of("re:up_blocks.1.*to_q"))) {
      try (Ops ops = Ops.open(Device.cpu(), 1);
          RandomUNet network = network(ops, golden("sd15"), precision, SDPA, targets)) {
        for (boolean checkpointing : new boolean[] {false, true}) {
          Gradients alone = gradients(ops, network, precision, true, checkpointing, false);
          Gradients both = gradients(ops, network, precision, true, checkpointing, true);
          assertThat(norm(alone.adapter())).isPositive();
          assertThat(both.adapter()).isEqualTo(alone.adapter());
        }
      }
    }
  }

  /** The convolution and the resnet before the first transformer are not gone back through. */
  @Test
  void nothingBeforeTheFirstCrossAttentionIsRecorded() {
    try (Ops ops = Ops.open(Device.cpu(), 1);
        RandomUNet network = network(ops, golden("sd15"), Precision.FP32, SDPA, List.of())) {
      List<String> calls = Collections.synchronizedList(new ArrayList<>());
      ops.setObserver((method, results, nanoseconds) -> calls.add(method));
      gradients(ops, network, Precision.FP32, false, false, true);
      int first = calls.indexOf("cross_attention_kept");
      assertThat(calls.subList(0, first))
          .containsSubsequence("convolution", "resnet_block", "attention")
          .noneMatch(call -> call.endsWith("_kept"));
      assertThat(calls.subList(calls.lastIndexOf("cross_attention_backward"), calls.size()))
          .filteredOn(call -> call.endsWith("_backward"))
          .containsExactly("cross_attention_backward");
    }
  }

  @Test
  void thereIsNoneOfWhatNothingDependsOn() {
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      Tape tape = Tape.on(ops, scope, false);
      NDArray value = scope.ones(new Shape(2));
      assertThatThrownBy(() -> tape.gradient(value)).isInstanceOf(IllegalStateException.class);
      tape.watch(value);
      assertThatThrownBy(() -> tape.gradient(value)).isInstanceOf(IllegalStateException.class);
    }
  }

  private static void assertIsAutograds(Path model, AttentionKernel kernel, List<String> targets) {
    try (Ops ops = Ops.open(Device.cpu(), 1);
        RandomUNet network = network(ops, model, Precision.FP32, kernel, targets)) {
      boolean adapted = !targets.isEmpty();
      float[] context = gradients(ops, network, Precision.FP32, adapted, false, true).context();
      float[] expected = autograds(ops, network);
      float[] difference = context.clone();
      for (int i = 0; i < difference.length; i++) {
        difference[i] -= expected[i];
      }
      assertThat(norm(expected)).isPositive();
      assertThat(norm(difference)).isLessThan(1e-4 * norm(expected));
    }
  }

  private record Gradients(float[] context, float[] adapter) {}

  private static Gradients gradients(
      Ops ops,
      RandomUNet network,
      Precision precision,
      boolean adapted,
      boolean checkpointing,
      boolean watched) {
    try (NDManager scope = ops.manager().newSubManager()) {
      NDArray context = network.context(scope, BATCH);
      Tape tape = Tape.on(ops, scope, checkpointing);
      if (watched) {
        tape.watch(context);
      }
      if (adapted) {
        network.adapter.requireGradients();
      }
      NDArray output =
          network.unet.forward(
              tape,
              scope,
              sample(ops, scope, network, precision),
              timesteps(scope),
              Conditions.of(context));
      tape.backward(output, upstream(ops, scope, output, precision));
      // Still there: the caller's.
      assertThat(context.toByteBuffer().remaining()).isPositive();
      return new Gradients(
          watched ? tape.gradient(context).toFloatArray() : new float[0],
          adapted
              ? network.adapter.takeGradients(scope.zeros(new Shape(1))).values()
              : new float[0]);
    }
  }

  private static float[] autograds(Ops ops, RandomUNet network) {
    try (NDManager scope = ops.manager().newSubManager()) {
      NDArray context = network.context(scope, BATCH);
      ops.requireGradient(context);
      NDArray output =
          ops.recordGradients(
              () ->
                  network.unet.forward(
                      scope,
                      sample(ops, scope, network, Precision.FP32),
                      timesteps(scope),
                      context));
      ops.backward(output, upstream(ops, scope, output, Precision.FP32));
      return ops.gradient(context).toFloatArray();
    }
  }

  private static NDArray sample(Ops ops, NDManager scope, RandomUNet network, Precision precision) {
    // Odd sizes on the way down.
    Shape shape = new Shape(BATCH, network.config.inChannels(), 10, 10);
    return ops.cast(
        scope, scope.create(RandomUNet.normals(1, (int) shape.size()), shape), precision);
  }

  private static NDArray timesteps(NDManager scope) {
    return scope.create(new int[] {500, 20});
  }

  private static NDArray upstream(Ops ops, NDManager scope, NDArray output, Precision precision) {
    float[] values = RandomUNet.normals(2, (int) output.size());
    return ops.cast(scope, scope.create(values, output.getShape()), precision);
  }

  private static RandomUNet network(
      Ops ops, Path model, Precision precision, AttentionKernel kernel, List<String> targets) {
    LoraConfig config =
        new LoraConfig(4, 8, 0, false, targets.isEmpty() ? LoraConfig.ATTENTION : targets);
    RandomUNet network = new RandomUNet(ops, model, precision, kernel, config);
    if (targets.isEmpty()) {
      network.adapter.close();
    }
    return network;
  }

  private Path variant(String setting) throws IOException {
    Path model = folder.resolve(Integer.toHexString(setting.hashCode()));
    Files.createDirectories(model.resolve("unet"));
    String config = Files.readString(golden("sd15").resolve("unet/config.json"));
    String key = setting.substring(0, setting.indexOf(':'));
    Files.writeString(
        model.resolve("unet/config.json"),
        config.replaceAll(key + ": [^,\\n]*,", "").replaceFirst("\\{", "{" + setting + ","));
    Files.copy(golden("sd15").resolve("model_index.json"), model.resolve("model_index.json"));
    return model;
  }

  private static Path golden(String name) {
    return Path.of("src/test/resources/golden", name, "model");
  }

  private static double norm(float[] values) {
    return GradientClipping.norm(values);
  }
}
