package org.sparklora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.lycoris.Algo;
import org.sparklora.lora.lycoris.LycorisConfig;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.Layer;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.nn.vae.Autoencoder;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.CallRecorder;
import org.sparklora.tensor.FakeCuda;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/**
 * What the op library would do on a GPU: every call of real steps, of drawing and of preparing is
 * made again on fake CUDA tensors. An operator without a kernel, types or devices that do not fit,
 * or a wait for the GPU fails.
 */
@Tag("long")
class FakeCudaTest {
  private static final Path MODEL = Path.of("src/test/resources/golden/sd15/model");
  private static final Path LAYOUT = Path.of("src/test/resources/sd15-layout");

  /** On a GPU the fused kernel is differentiated by autograd, as this one is on a CPU. */
  private static final AttentionKernel AS_ON_GPUS = new AttentionKernel.Plain();

  @TempDir private Path folder;

  private static String python;

  @BeforeAll
  static void findPython() {
    // The engine's version of torch tells most; any other one still finds what has no kernel at
    // all.
    python =
        Optional.ofNullable(System.getenv("SPARK_LORA_ENGINE_PYTHON"))
            .orElse(System.getenv("SPARK_LORA_PYTHON"));
    assumeThat(python).as("SPARK_LORA_ENGINE_PYTHON or SPARK_LORA_PYTHON").isNotNull();
  }

  private interface Work {
    /** Computes; {@code recorder} may forget what was only made ready. */
    void run(Ops ops, Precision precision, CallRecorder recorder);
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FP32", "BF16", "EMULATED_FP16"})
  void everyCallRunsOnAGpu(Precision precision) throws Exception {
    List<Path> files = new ArrayList<>();
    files.add(record("lora", precision, step(lora(), false)));
    files.add(record("lora-checkpointing", precision, step(lora(), true)));
    files.add(
        record("lora-dropout", precision, step(with(LoraConfig.ATTENTION, 0.1, false), false)));
    files.add(record("dora", precision, step(with(LoraConfig.ATTENTION, 0, true), false)));
    files.add(
        record("dora-dropout", precision, step(with(LoraConfig.ATTENTION, 0.1, true), false)));
    files.add(record("locon", precision, step(with(everyLayer(), 0, false), false)));
    files.add(record("locon-dora", precision, step(with(everyLayer(), 0, true), false)));
    files.add(record("loha", precision, step(lycoris(Algo.LOHA), false)));
    files.add(record("lokr", precision, step(lycoris(Algo.LOKR), false)));
    files.add(record("draw", precision, FakeCudaTest::draw));
    files.add(record("prepare", precision, FakeCudaTest::prepare));
    files.add(record("train-text", precision, FakeCudaTest::trainText));
    FakeCuda.Result result = FakeCuda.replay(python, files);
    System.out.println(result.printed());
    assertThat(result.passed()).as(result.printed()).isTrue();
    for (Path file : files) {
      assertThat(result.printed()).contains(file.getFileName().toString().replace(".jsonl", ": "));
    }
  }

  /** The numbers of {@code gpu.md}. They do not depend on the size of pictures. */
  @Tag("slow")
  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FP32", "BF16", "EMULATED_FP16"})
  void everyCallOfStableDiffusionRunsOnAGpu(Precision precision) throws Exception {
    List<Path> files =
        List.of(
            record("sd15", precision, onStableDiffusion(false)),
            record("sd15-checkpointing", precision, onStableDiffusion(true)),
            record("sd15-draw", precision, FakeCudaTest::callStableDiffusion));
    FakeCuda.Result result = FakeCuda.replay(python, files);
    System.out.println(result.printed());
    assertThat(result.passed()).as(result.printed()).isTrue();
  }

  private static Work onStableDiffusion(boolean checkpointing) {
    return (ops, precision, recorder) -> {
      try (RandomUNet network = new RandomUNet(ops, LAYOUT, precision, AS_ON_GPUS, lora())) {
        recorder.forget();
        network.gradient(1, 16, checkpointing);
      }
    };
  }

  private static void callStableDiffusion(Ops ops, Precision precision, CallRecorder recorder) {
    try (RandomUNet network = new RandomUNet(ops, LAYOUT, precision, AS_ON_GPUS, lora());
        NDManager scope = ops.manager().newSubManager()) {
      Shape latents = new Shape(1, network.config.inChannels(), 16, 16);
      NDArray noisy = ops.cast(scope, scope.zeros(latents), precision);
      NDArray context = network.context(scope, 1);
      recorder.forget();
      network.unet.forward(scope, noisy, scope.create(new long[] {500}), context);
    }
  }

  /** Attention's derivative for CPUs has operators that GPUs have not. */
  @Test
  void anOperatorOfCpusAloneFails() throws Exception {
    Path file =
        record(
            "cpu",
            Precision.FP32,
            (ops, precision, recorder) ->
                gradient(ops, precision, recorder, AttentionKernel.DEFAULT, lora(), false));
    FakeCuda.Result result = FakeCuda.replay(python, List.of(file));
    assertThat(result.passed()).isFalse();
    assertThat(result.printed()).contains("FAULT in attention").contains("flash_attention_for_cpu");
  }

  /** A number read from a tensor on the GPU. */
  @Test
  void aWaitForTheGpuFails() throws Exception {
    Path file =
        record(
            "wait",
            Precision.FP32,
            (ops, precision, recorder) -> {
              NDArray x = ops.manager().zeros(new Shape(2, 3, 4));
              NDArray at = ops.manager().create(new long[] {0, 2});
              ops.call(ops.manager(), "pooled", Ops.of(x), Ops.of(at));
            });
    FakeCuda.Result result = FakeCuda.replay(python, List.of(file));
    assertThat(result.passed()).as(result.printed()).isFalse();
    assertThat(result.printed()).contains("FAULT in pooled").contains("waits for the GPU");
  }

  /** What torch's switch for deterministic kernels refuses on GPUs. */
  @Test
  void anOperatorThatAddsInNoFixedOrderFails() throws Exception {
    Path chapter = folder.resolve("chapter.py");
    Files.writeString(
        chapter,
        """
        class Ops(Module):

          def running_sums(self, x: Tensor) -> Tensor:
            return torch.cumsum(x, 0)
        """);
    Path calls = folder.resolve("sums.fp32.jsonl");
    Files.writeString(
        calls,
        """
        {"method": "running_sums", "recorded": false, "times": 1, "arguments": [\
        {"argument": "one0", "tensor":\
         {"shape": [4], "type": "float32", "leaf": false, "values": []}}]}
        """);
    Path library = Files.createDirectory(folder.resolve("library"));
    FakeCuda.Result result = FakeCuda.replayWith(python, chapter, library, List.of(calls));
    assertThat(result.passed()).as(result.printed()).isFalse();
    assertThat(result.printed())
        .contains("FAULT in running_sums: aten.cumsum.default adds in no fixed order");
  }

  private Path record(String name, Precision precision, Work work) throws IOException {
    Path file = folder.resolve(name + "." + precision.name().toLowerCase(Locale.ROOT) + ".jsonl");
    CallRecorder recorder = new CallRecorder();
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      ops.setObserver(recorder);
      work.run(ops, precision, recorder);
    }
    recorder.write(file);
    return file;
  }

  private static LoraConfig lora() {
    return with(LoraConfig.ATTENTION, 0, false);
  }

  private static LoraConfig lycoris(Algo algo) {
    return with(everyLayer(), 0, false).with(new LycorisConfig(algo, -1, false, false, true));
  }

  private static LoraConfig with(List<String> targets, double dropout, boolean dora) {
    return new LoraConfig(4, 4, dropout, false, dora, targets, Map.of(), Map.of());
  }

  private static List<String> everyLayer() {
    List<String> targets = new ArrayList<>(LoraConfig.ATTENTION);
    targets.addAll(List.of("proj_in", "proj_out", "ff.net.0.proj", "ff.net.2", "time_emb_proj"));
    targets.addAll(List.of("conv1", "conv2", "conv_shortcut", "conv"));
    return targets;
  }

  private static Work step(LoraConfig lora, boolean checkpointing) {
    return (ops, precision, recorder) ->
        gradient(ops, precision, recorder, AS_ON_GPUS, lora, checkpointing);
  }

  private static void gradient(
      Ops ops,
      Precision precision,
      CallRecorder recorder,
      AttentionKernel kernel,
      LoraConfig lora,
      boolean checkpointing) {
    try (RandomUNet network = new RandomUNet(ops, MODEL, precision, kernel, lora)) {
      recorder.forget();
      network.gradient(2, 16, checkpointing);
    }
  }

  private static NetworkLoader loader(Ops ops) {
    return new NetworkLoader(
        ModelFolder.open(MODEL.toString(), new Configuration(), Optional.empty()), ops, AS_ON_GPUS);
  }

  private static void draw(Ops ops, Precision precision, CallRecorder recorder) {
    NetworkLoader loader = loader(ops);
    try (NDManager scope = ops.manager().newSubManager();
        RandomUNet network = new RandomUNet(ops, MODEL, precision, AS_ON_GPUS, lora())) {
      NDArray noisy = ops.cast(scope, scope.zeros(new Shape(2, 4, 16, 16)), precision);
      NDArray context = network.context(scope, 2);
      Autoencoder vae = loader.vae(Precision.FP32);
      recorder.forget();
      network.unet.forward(scope, noisy, scope.create(new long[] {500, 400}), context);
      vae.decode(scope, scope.zeros(new Shape(1, 4, 16, 16)));
    }
  }

  private static void prepare(Ops ops, Precision precision, CallRecorder recorder) {
    NetworkLoader loader = loader(ops);
    try (NDManager scope = ops.manager().newSubManager()) {
      Autoencoder vae = loader.vae(Precision.FP32);
      ClipTextModel text = loader.frozenTextEncoder();
      recorder.forget();
      vae.encode(scope, scope.zeros(new Shape(1, 3, 32, 32)));
      text.hiddenStates(scope, ids(scope), 0);
    }
  }

  private static NDArray ids(NDManager scope) {
    long[] ids = new long[77];
    Arrays.fill(ids, 7);
    return scope.create(ids, new Shape(1, 77));
  }

  private static void trainText(Ops ops, Precision precision, CallRecorder recorder) {
    try (NDManager scope = ops.manager().newSubManager()) {
      ClipTextModel text = loader(ops).textEncoder(Precision.FP32);
      for (Layer layer : text.layers().values()) {
        NDArray a = scope.zeros(layer.downShape(4));
        NDArray b = scope.zeros(layer.upShape(4));
        layer.adapt(a, b, scope.create(1f), ops.newNone());
        ops.requireGradient(a);
        ops.requireGradient(b);
      }
      recorder.forget();
      NDArray states = ops.recordGradients(() -> text.hiddenStates(scope, ids(scope), 0));
      ops.cast(scope, states, precision);
    }
  }
}
