package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.lora.AdaptedNetworks;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.NewToken;
import org.sparklora.lora.Trainables;
import org.sparklora.model.Network;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.TextEncoders;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFloats;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.tokenizer.ClipTokenizer;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.train.AdapterGradient;
import org.sparklora.train.Fixtures;
import org.sparklora.train.TextConditioner;
import org.sparklora.train.TextEncoding;
import org.sparklora.train.TrainedText;
import org.sparklora.train.objective.NoisyBatch;
import org.sparklora.train.objective.Objective;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LrScheduler;

/**
 * Everything that can be trained, against diffusers, PEFT and torch: loss, gradients and ten steps
 * of each mode that src/test/python/mode_fixtures.py has run.
 */
@Tag("long")
class ModesTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/sd15");
  private static final String EMBEDDING = "text_model.embeddings.token_embedding.weight";
  private static final int WORDS = 77;

  /** Of whole networks, relative to the largest or, for norms, to the norm. */
  private static final double TOLERANCE = 1e-4;

  @TempDir private static Path folder;

  private static JsonNode modes;
  private static ModelFolder model;
  private static SafetensorsFile golden;
  private static SafetensorsFile unetStart;
  private static SafetensorsFile fixtures;

  @BeforeAll
  static void open() throws IOException {
    modes = new ObjectMapper().readTree(Path.of("src/test/resources/train/modes.json").toFile());
    model = ModelFolder.open(withTokenizer().toString(), new Configuration(), Optional.empty());
    golden = SafetensorsFile.open(GOLDEN.resolve("golden.safetensors"));
    unetStart = SafetensorsFile.open(GOLDEN.resolve("adapter_start.safetensors"));
    fixtures = SafetensorsFile.open(Path.of("src/test/resources/train/modes.safetensors"));
  }

  /** The tiny model with CLIP's tokenizer, which its own folder goes without. */
  private static Path withTokenizer() throws IOException {
    try (Stream<Path> parts = Files.list(GOLDEN.resolve("model").toAbsolutePath())) {
      for (Path part : parts.toList()) {
        Files.createSymbolicLink(folder.resolve(part.getFileName()), part);
      }
    }
    Files.createSymbolicLink(
        folder.resolve("tokenizer"),
        Path.of("src/quickstart/base-model/tokenizer").toAbsolutePath());
    return folder;
  }

  @AfterAll
  static void close() {
    golden.close();
    unetStart.close();
    fixtures.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text_encoder_and_unet",
        "text_encoder_alone",
        "two_learning_rates",
        "prior_1.0_unet",
        "prior_1.0_unet_and_text_encoder",
        "prior_0.5_unet",
        "prior_0.5_unet_and_text_encoder",
        "textual_inversion_1",
        "textual_inversion_3",
        "pivotal_tokens_frozen",
        "pivotal_tokens_going_on"
      })
  void trainsAsDiffusersAndPeft(String name) {
    JsonNode phases = modes.get("modes").get(name);
    try (Mode mode = new Mode(phases, Precision.FP32, false)) {
      for (JsonNode phase : phases) {
        mode.run(phase);
      }
    }
  }

  @Test
  void checkpointedBlocksGiveTheSameBits() {
    JsonNode phases = modes.get("modes").get("text_encoder_and_unet");
    try (Mode plain = new Mode(phases, Precision.FP32, false);
        Mode checkpointed = new Mode(phases, Precision.FP32, true)) {
      assertThat(checkpointed.gradient().values()).containsExactly(plain.gradient().values());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text_encoder_alone", "textual_inversion_3"})
  void theTextsGradientPassesThroughAUNetInBf16(String name) {
    JsonNode phases = modes.get("modes").get(name);
    try (Mode mode = new Mode(phases, Precision.BF16, false)) {
      double norm = phases.get(0).get("trace").get(0).get(1).asDouble();
      assertThat(GradientClipping.norm(mode.gradient().values()))
          .isCloseTo(norm, within(2e-2 * norm));
    }
  }

  /** The networks with what is trained on them. */
  private static final class Mode implements AutoCloseable {
    private final Ops ops = Ops.open(Device.cpu(), 1);
    private final AdapterLayout layout;
    private final LoraAdapter adapter;
    private final AdapterGradient gradient;
    private final TextEncoding text;
    private final AdapterOptimizer optimizer;
    private final NoisyBatch batch;
    private final List<TextEncoding.Caption> captions;

    Mode(JsonNode phases, Precision precision, boolean checkpointing) {
      NetworkLoader loader = new NetworkLoader(model, ops);
      UNet2DConditionModel unet = loader.unet(precision);
      TextEncoders encoders = loader.textEncoders();
      ClipTextModel textEncoder = encoders.model(Network.TEXT_ENCODER);
      Trainables trainables = trainables(phases);
      int tokens = textEncoder.config().vocabSize();
      this.layout =
          AdapterLayout.of(shapes(trainables), textEncoder.config().hiddenSize(), trainables);
      this.adapter =
          LoraAdapter.inject(ops, AdaptedNetworks.of(unet.layers(), encoders, tokens), layout, 0);
      this.gradient = new AdapterGradient(ops, unet, adapter, precision, checkpointing);
      this.text =
          trainables.trainsText()
              ? new TrainedText(ops, encoders, adapter, precision, 0, 0)
              : new TextConditioner(ops, encoders, precision, 8, 0);
      this.optimizer = optimizer(phases, layout);
      adapter.load(optimizer.state().values());
      this.batch = batch(phases.get(0).path("prior_loss_weight"));
      this.captions = captions(trainables);
    }

    MicroBatchGradient gradient() {
      try (NDManager scope = ops.manager().newSubManager()) {
        return gradient.compute(batch, text.words(scope, 0, captions), 1);
      }
    }

    void run(JsonNode phase) {
      boolean modules =
          phase.get("learning_rates").has("unet")
              || phase.get("learning_rates").has("text_encoder");
      if (modules) {
        adapter.attachModules();
      } else {
        adapter.detachModules();
      }
      for (int step = 0; step < phase.get("steps").asInt(); step++) {
        adapter.load(optimizer.state().values());
        MicroBatchGradient computed = gradient();
        if (step == 0) {
          requireClose(computed.values(), phase.get("gradient"), phase.get("learning_rates"));
        }
        StepResult result = optimizer.apply(computed);
        JsonNode expected = phase.get("trace").get(step);
        assertThat(result.loss())
            .isCloseTo(expected.get(0).asDouble(), within(1e-5 * expected.get(0).asDouble()));
        assertThat(result.gradientNorm())
            .isCloseTo(expected.get(1).asDouble(), within(TOLERANCE * expected.get(1).asDouble()));
      }
      requireClose(optimizer.state().values(), phase.get("final"), phase.get("learning_rates"));
    }

    /** Norm, middle and last value of each low-rank tensor; token rows whole. */
    private void requireClose(float[] values, JsonNode expected, JsonNode trained) {
      int compared = 0;
      for (AdapterLayout.Module module : layout.modules()) {
        if (!trained.has(network(module.network()))) {
          continue;
        }
        int up = module.upOffset();
        probe(key(module) + ".lora_A.weight", values, module.downOffset(), up, expected);
        probe(key(module) + ".lora_B.weight", values, up, up + module.upSize(), expected);
        compared += 2;
      }
      if (expected.has("tokens")) {
        int at = layout.tokens().get(0).offset();
        for (JsonNode row : expected.get("tokens")) {
          Fixtures.assertClose(Arrays.copyOfRange(values, at, at + row.size()), row, TOLERANCE);
          at += row.size();
          compared++;
        }
      }
      assertThat(compared).isEqualTo(expectedTensors(expected));
    }

    private static int expectedTensors(JsonNode expected) {
      int tokens = expected.has("tokens") ? expected.get("tokens").size() - 1 : 0;
      return expected.size() + tokens;
    }

    private static void probe(String name, float[] values, int from, int to, JsonNode expected) {
      double squares = 0;
      for (int i = from; i < to; i++) {
        squares += (double) values[i] * values[i];
      }
      double norm = Math.sqrt(squares);
      double tolerance = TOLERANCE * Math.max(norm, 1e-9);
      assertThat(expected.has(name)).as(name).isTrue();
      double[] wanted = Fixtures.doubles(expected.get(name));
      assertThat(norm).as(name).isCloseTo(wanted[0], within(tolerance));
      assertThat((double) values[from + (to - from) / 2])
          .as(name)
          .isCloseTo(wanted[1], within(tolerance));
      assertThat((double) values[to - 1]).as(name).isCloseTo(wanted[2], within(tolerance));
    }

    @Override
    public void close() {
      adapter.close();
      ops.close();
    }
  }

  private static String network(Network network) {
    return network == Network.UNET ? "unet" : "text_encoder";
  }

  private static String key(AdapterLayout.Module module) {
    return network(module.network()) + "." + module.name();
  }

  private static Trainables trainables(JsonNode phases) {
    Map<Network, LoraConfig> lora = new EnumMap<>(Network.class);
    List<NewToken> tokens = new ArrayList<>();
    for (JsonNode phase : phases) {
      JsonNode parts = phase.get("learning_rates");
      for (Network network : List.of(Network.UNET, Network.TEXT_ENCODER)) {
        if (parts.has(network(network))) {
          lora.put(network, lora(modes.get(network(network) + "_lora")));
        }
      }
      if (parts.has("tokens") && tokens.isEmpty()) {
        int vectors = phase.get("final").get("tokens").size();
        tokens.add(
            new NewToken(
                modes.get("placeholder_token").asText(),
                modes.get("initializer_token").asText(),
                vectors));
      }
    }
    return new Trainables(lora, tokens);
  }

  private static LoraConfig lora(JsonNode settings) {
    List<String> targets =
        settings.get("target_modules").valueStream().map(JsonNode::asText).toList();
    return new LoraConfig(
        settings.get("r").asInt(), settings.get("lora_alpha").asDouble(), 0, false, targets);
  }

  private static Map<Network, Map<String, long[]>> shapes(Trainables trainables) {
    Map<Network, Map<String, long[]>> shapes = new EnumMap<>(Network.class);
    for (Network network : trainables.lora().keySet()) {
      Map<String, long[]> ofNetwork = new TreeMap<>();
      try (TensorFile weights = model.weights(network(network))) {
        weights.tensors().forEach((name, tensor) -> ofNetwork.put(name, tensor.shape()));
      }
      shapes.put(network, ofNetwork);
    }
    return shapes;
  }

  private static AdapterOptimizer optimizer(JsonNode phases, AdapterLayout layout) {
    JsonNode last = phases.get(phases.size() - 1);
    JsonNode rates = last.get("learning_rates");
    double base =
        rates
            .path("unet")
            .asDouble(rates.path("text_encoder").asDouble(rates.path("tokens").asDouble()));
    Optional<PartRates.Inversion> inversion =
        phases.size() == 1
            ? Optional.empty()
            : Optional.of(
                new PartRates.Inversion(
                    phases.get(0).get("steps").asLong(),
                    phases.get(0).get("learning_rates").get("tokens").asDouble(),
                    optional(rates.path("tokens"))));
    PartRates parts = new PartRates(optional(rates.path("text_encoder")), Map.of(), inversion);
    OptimizerConfig config =
        new OptimizerConfig(
            base,
            0.9,
            0.999,
            last.get("weight_decay").asDouble(),
            1e-8,
            last.get("max_grad_norm").asDouble());
    LearningRateConfig constant = new LearningRateConfig(LrScheduler.CONSTANT, 0, 100, 1, 1);
    return new AdapterOptimizer(
        config,
        Precision.FP32,
        1,
        new GroupPlan(parts, base, constant).groups(layout),
        start(layout));
  }

  private static OptionalDouble optional(JsonNode number) {
    return number.isMissingNode() ? OptionalDouble.empty() : OptionalDouble.of(number.asDouble());
  }

  private static float[] start(AdapterLayout layout) {
    float[] values = new float[layout.parameters()];
    for (AdapterLayout.Module module : layout.modules()) {
      boolean unet = module.network() == Network.UNET;
      SafetensorsFile file = unet ? unetStart : fixtures;
      String key = (unet ? "" : "text_start.") + key(module);
      float[] down = TensorFloats.read(file, key + ".lora_A.weight");
      float[] up = TensorFloats.read(file, key + ".lora_B.weight");
      System.arraycopy(down, 0, values, module.downOffset(), down.length);
      System.arraycopy(up, 0, values, module.upOffset(), up.length);
    }
    for (AdapterLayout.Token token : layout.tokens()) {
      float[] row = initializer(token.width());
      for (int v = 0; v < token.token().vectors(); v++) {
        System.arraycopy(row, 0, values, token.offset() + v * row.length, row.length);
      }
    }
    return values;
  }

  private static float[] initializer(int width) {
    int id =
        ClipTokenizer.load(model, "tokenizer")
            .id(modes.get("initializer_token").asText() + "</w>")
            .orElseThrow();
    try (TensorFile weights = model.weights("text_encoder")) {
      float[] table = TensorFloats.read(weights, EMBEDDING);
      return Arrays.copyOfRange(table, id * width, (id + 1) * width);
    }
  }

  private static List<TextEncoding.Caption> captions(Trainables trainables) {
    SafetensorsFile file = trainables.tokens().isEmpty() ? golden : fixtures;
    String name =
        trainables.tokens().isEmpty()
            ? "text.input_ids"
            : "token_ids." + trainables.tokens().get(0).vectors();
    int[] ids = ints(file, name);
    return IntStream.range(0, ids.length / WORDS)
        .mapToObj(
            i -> new TextEncoding.Caption(Arrays.copyOfRange(ids, i * WORDS, (i + 1) * WORDS), i))
        .toList();
  }

  private static int[] ints(SafetensorsFile file, String name) {
    var data = file.data(name).asLongBuffer();
    return IntStream.range(0, data.remaining()).map(i -> Math.toIntExact(data.get(i))).toArray();
  }

  /** The second half of the batch is the class's, where there is a weight for it. */
  private static NoisyBatch batch(JsonNode priorLossWeight) {
    NoiseSchedule schedule = NoiseSchedule.of(SchedulerConfig.of(model.config("scheduler")));
    Objective objective =
        new Objective(schedule, new ObjectiveConfig(Optional.empty(), OptionalDouble.empty(), 0));
    long[] shape = golden.tensors().get("train.latents").shape();
    int[] timesteps = ints(golden, "train.timesteps");
    NoisyBatch plain =
        objective.noise(
            Arrays.copyOfRange(shape, 1, 4),
            samples("train.latents", timesteps.length),
            samples("train.noise", timesteps.length),
            timesteps);
    return priorLossWeight.isMissingNode() ? plain : plain.withPrior(priorLossWeight.asDouble());
  }

  private static List<float[]> samples(String name, int count) {
    float[] all = TensorFloats.read(golden, name);
    int n = all.length / count;
    return IntStream.range(0, count)
        .mapToObj(i -> Arrays.copyOfRange(all, i * n, (i + 1) * n))
        .toList();
  }
}
