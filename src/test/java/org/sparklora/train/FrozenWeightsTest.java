package org.sparklora.train;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.sparklora.lora.AdaptedNetworks;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.lora.NewToken;
import org.sparklora.lora.Trainables;
import org.sparklora.model.CaptionTokenizer;
import org.sparklora.model.Network;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.TextEncoders;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.tokenizer.ClipTokenizer;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.train.objective.NoisyBatch;
import org.sparklora.train.objective.Objective;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.optimizer.ParameterTensor;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.OptimizerConfig;

/** Textual inversion changes the rows of its tokens and not one bit of anything else. */
class FrozenWeightsTest {
  private static final NewToken TOKEN = new NewToken("<cat-toy>", "cat", 2);
  private static final int WORDS = 77;
  private static final int SIDE = 8;
  private static final int STEPS = 3;

  private final ModelFolder base =
      ModelFolder.open("src/quickstart/base-model", new Configuration(), Optional.empty());

  @Test
  void onlyTheRowsOfNewTokensChange() throws Exception {
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      NetworkLoader networks = new NetworkLoader(base, ops);
      UNet2DConditionModel unet = networks.unet(Precision.FP32);
      TextEncoders encoders = networks.textEncoders();
      ClipTextModel text = encoders.model(Network.TEXT_ENCODER);
      CaptionTokenizer captions = CaptionTokenizer.load(base);
      ClipTokenizer tokenizer = captions.first();
      byte[] before = everyToken(ops, unet, text, tokenizer.size());
      Trainables trainables = new Trainables(Map.of(), List.of(TOKEN));
      AdapterLayout layout = AdapterLayout.of(Map.of(), text.config().hiddenSize(), trainables);
      float[] start = normals(1, layout.parameters());
      float[] learned;
      try (LoraAdapter adapter =
          LoraAdapter.inject(
              ops, AdaptedNetworks.of(unet.layers(), encoders, tokenizer.size()), layout, 0)) {
        learned = train(ops, unet, encoders, adapter, trainables.tokenizer(captions), start);
        for (int i = 0; i < learned.length; i++) {
          assertThat(learned[i]).isNotEqualTo(start[i]);
        }
        assertThat(everyToken(ops, unet, text, tokenizer.size())).isEqualTo(before);
      }
      assertThat(everyToken(ops, unet, text, tokenizer.size())).isEqualTo(before);
    }
  }

  private float[] train(
      Ops ops,
      UNet2DConditionModel unet,
      TextEncoders text,
      LoraAdapter adapter,
      CaptionTokenizer tokenizer,
      float[] start) {
    AdapterGradient gradient = new AdapterGradient(ops, unet, adapter, Precision.FP32);
    TrainedText encoding = new TrainedText(ops, text, adapter, Precision.FP32, 0, 0);
    AdapterOptimizer optimizer =
        new AdapterOptimizer(
            new OptimizerConfig(1e-2, 0.9, 0.999, 1e-2, 1e-8, 1),
            new LearningRateConfig(LrScheduler.CONSTANT, 0, 100, 1, 1),
            Precision.FP32,
            1,
            ParameterTensor.of(adapter.layout()),
            start);
    int[] ids = tokenizer.ids(TOKEN.writtenOut("a photo of a <cat-toy>"));
    for (int step = 0; step < STEPS; step++) {
      adapter.load(optimizer.state().values());
      try (NDManager scope = ops.manager().newSubManager()) {
        Words words = encoding.words(scope, step, List.of(new TextEncoding.Caption(ids, 0)));
        optimizer.apply(gradient.compute(batch(step), words, 1));
      }
    }
    return optimizer.state().values();
  }

  private NoisyBatch batch(int step) {
    NoiseSchedule schedule = NoiseSchedule.of(SchedulerConfig.of(base.config("scheduler")));
    Objective objective =
        new Objective(schedule, new ObjectiveConfig(Optional.empty(), OptionalDouble.empty(), 0));
    int size = 4 * SIDE * SIDE;
    return objective.noise(
        new long[] {4, SIDE, SIDE},
        List.of(normals(2, size)),
        List.of(normals(3 + step, size)),
        new int[] {300 * step});
  }

  /** The hidden states of texts that have every token of the base model, and a UNet's output. */
  private static byte[] everyToken(
      Ops ops, UNet2DConditionModel unet, ClipTextModel text, int size) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int first = 0; first < size; first += 32 * WORDS) {
      try (NDManager scope = ops.manager().newSubManager()) {
        long from = first;
        long[] ids =
            LongStream.range(0, 32 * WORDS).map(i -> Math.min(from + i, size - 1)).toArray();
        NDArray states = text.hiddenStates(scope, scope.create(ids, new Shape(32, WORDS)), 0);
        all.writeBytes(states.toByteArray());
      }
    }
    try (NDManager scope = ops.manager().newSubManager()) {
      NDArray sample = scope.create(normals(9, 4 * SIDE * SIDE), new Shape(1, 4, SIDE, SIDE));
      long[] ids = IntStream.range(0, WORDS).asLongStream().toArray();
      NDArray context = text.hiddenStates(scope, scope.create(ids, new Shape(1, WORDS)), 0);
      all.writeBytes(
          unet.forward(scope, sample, scope.create(new int[] {500}), context).toByteArray());
    }
    return all.toByteArray();
  }

  private static float[] normals(int key, int n) {
    return KeyedRandom.of(5, Purpose.NOISE, key, 0).normals(n);
  }
}
