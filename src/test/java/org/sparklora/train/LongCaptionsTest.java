package org.sparklora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.lora.AdaptedNetworks;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.model.CaptionTokenizer;
import org.sparklora.model.Network;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.TextEncoders;
import org.sparklora.model.TextLength;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.spark.prepare.VaeEncoderFactory;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** Captions of several pieces, against numbers of src/test/python/long_caption_fixtures.py. */
@Tag("long")
class LongCaptionsTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/sd15/model");
  private static final Path TOKENIZER = Path.of("src/quickstart/base-model/tokenizer");
  private static final Path XL = Path.of("src/test/resources/golden/sdxl/model");
  private static final int LENGTH = 77;
  private static final String END = "<|endoftext|>";
  private static final int STRIDE = 16;

  @TempDir private Path folder;

  /** The tiny model with CLIP's tokenizer, padded with another token. */
  private ModelConfig model(String padding) throws IOException {
    Path model = Files.createDirectories(folder.resolve(padding.equals(END) ? "end" : "other"));
    try (Stream<Path> parts = Files.list(GOLDEN.toAbsolutePath())) {
      for (Path part : parts.toList()) {
        Files.createSymbolicLink(model.resolve(part.getFileName()), part);
      }
    }
    Path tokenizer = Files.createDirectories(model.resolve("tokenizer"));
    for (String file : List.of("vocab.json", "merges.txt")) {
      Files.createSymbolicLink(tokenizer.resolve(file), TOKENIZER.resolve(file).toAbsolutePath());
    }
    Files.writeString(
        tokenizer.resolve("tokenizer_config.json"),
        """
        {"model_max_length": 77, "bos_token": "<|startoftext|>", "eos_token": "%s",
         "unk_token": "%s", "pad_token": "%s"}
        """
            .formatted(END, END, padding));
    return new ModelConfig(model.toString(), model.toString(), "");
  }

  private static ModelFolder reading(ModelConfig model, JsonNode reference) {
    return model
        .reading(TextLength.pieces(reference.get("tokens").intValue()))
        .open(new Configuration());
  }

  @ParameterizedTest
  @ValueSource(strings = {END, "!"})
  void captionsAreCutAsKohyasScriptsCutThem(String padding) throws IOException {
    ModelConfig model = model(padding);
    for (JsonNode reference : Fixtures.cases("long_captions.json")) {
      if (reference.get("padding").asText().equals(padding)) {
        CaptionTokenizer tokenizer = CaptionTokenizer.load(reading(model, reference));
        int[] ids = tokenizer.ids(reference.get("text").asText());
        assertThat(ids)
            .as("%s tokens", reference.get("tokens"))
            .isEqualTo(reference.get("ids").valueStream().mapToInt(JsonNode::intValue).toArray());
        assertThat(tokenizer.most()).isEqualTo(reference.get("tokens").intValue() + 2);
      }
    }
  }

  @Test
  void theirStatesAreJoinedAsKohyasScriptsJoinThemFrozenAndTrained() throws IOException {
    ModelConfig config = model(END);
    ModelFolder model = config.open(new Configuration());
    LoraConfig lora = new LoraConfig(2, 2, 0, false, LoraConfig.CLIP_ATTENTION);
    Trainables trainables = new Trainables(Map.of(Network.TEXT_ENCODER, lora), List.of());
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      TextEncoders encoders = new NetworkLoader(model, ops).textEncoders();
      AdapterLayout layout =
          AdapterLayout.of(
              Map.of(Network.TEXT_ENCODER, shapes(model)),
              encoders.model(Network.TEXT_ENCODER).config().hiddenSize(),
              trainables);
      AdaptedNetworks networks = AdaptedNetworks.of(Map.of(), encoders, 0);
      try (LoraAdapter adapter = LoraAdapter.inject(ops, networks, layout, 0)) {
        for (JsonNode reference : Fixtures.cases("long_captions.json")) {
          if (reference.has("states_0")) {
            int[] ids =
                CaptionTokenizer.load(reading(config, reference))
                    .ids(reference.get("text").asText());
            for (int skip = 0; skip < 2; skip++) {
              JsonNode expected = reference.get("states_" + skip);
              TextConditioner frozen = new TextConditioner(ops, encoders, Precision.FP32, 8, skip);
              requireClose(frozen.encode(scope, List.of(ids)), expected);
              TrainedText trained =
                  new TrainedText(ops, encoders, adapter, Precision.FP32, 0, skip);
              requireClose(trained.encode(scope, List.of(ids)), expected);
            }
            requireGradient(ops, scope, adapter, layout, encoders, ids);
          }
        }
      }
    }
  }

  /** What one piece gives alone, joined by hand: SDXL has two encoders and a pooled text. */
  @Test
  void ofTwoEncodersThePiecesAreJoinedEachAndTheFirstIsPooled() {
    ModelFolder model = new ModelConfig(XL.toString(), XL.toString(), "").open(new Configuration());
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      TextEncoders encoders = new NetworkLoader(model, ops).textEncoders();
      int[][] pieces = {piece(5, 70), piece(90, 20)};
      int[] whole = new int[4 * LENGTH];
      for (int encoder = 0; encoder < 2; encoder++) {
        for (int piece = 0; piece < 2; piece++) {
          int at = (2 * encoder + piece) * LENGTH;
          System.arraycopy(pieces[piece], encoder * LENGTH, whole, at, LENGTH);
        }
      }
      EncodedText joined = encoders.encode(scope, List.of(whole, whole), 0);
      float[] states = joined.states().get(1).toFloatArray();
      int width = Math.toIntExact(joined.states().getShape().get(2));
      assertThat(joined.states().getShape().getShape()).containsExactly(2, 152, width);
      for (int piece = 0; piece < 2; piece++) {
        EncodedText alone = encoders.encode(scope, List.of(pieces[piece]), 0);
        float[] own = alone.states().toFloatArray();
        int from = piece == 0 ? 0 : 1;
        int to = piece == 0 ? LENGTH - 1 : LENGTH;
        for (int i = from * width; i < to * width; i++) {
          assertThat(states[75 * width * piece + i]).isCloseTo(own[i], within(1e-5f));
        }
        if (piece == 0) {
          float[] pooled = joined.pooled().orElseThrow().get(1).toFloatArray();
          float[] expected = alone.pooled().orElseThrow().toFloatArray();
          for (int i = 0; i < expected.length; i++) {
            assertThat(pooled[i]).isCloseTo(expected[i], within(1e-5f));
          }
        }
      }
    }
  }

  /** SDXL's second tokenizer pads with {@code !}, which may be a piece's last word. */
  @Test
  void aPieceWhoseLastWordIsThePaddingsIsReadLikeAnyOther() {
    ModelFolder model = new ModelConfig(XL.toString(), XL.toString(), "").open(new Configuration());
    CaptionTokenizer tokenizer =
        CaptionTokenizer.load(
            new ModelConfig(XL.toString(), XL.toString(), "").reading(2).open(new Configuration()));
    int[] ids = tokenizer.ids("a ".repeat(74) + "! and more");
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      EncodedText text =
          new NetworkLoader(model, ops).textEncoders().encode(scope, List.of(ids), 0);
      assertThat(text.states().getShape().get(1)).isEqualTo(152);
      assertThat(text.states().toFloatArray()).doesNotContain(Float.NaN);
    }
  }

  /** Ids of one piece for two encoders: some words and the end. */
  private static int[] piece(int first, int words) {
    int[] ids = new int[2 * LENGTH];
    Arrays.fill(ids, 49407);
    for (int encoder = 0; encoder < 2; encoder++) {
      ids[encoder * LENGTH] = 49406;
      for (int i = 1; i <= words; i++) {
        ids[encoder * LENGTH + i] = first + 3 * i;
      }
    }
    return ids;
  }

  /** The gradient of the last piece's end reaches the layers. */
  private static void requireGradient(
      Ops ops,
      NDManager scope,
      LoraAdapter adapter,
      AdapterLayout layout,
      TextEncoders encoders,
      int[] ids) {
    TrainedText trained = new TrainedText(ops, encoders, adapter, Precision.FP32, 0, 0);
    adapter.requireGradients();
    float[] start = new float[layout.parameters()];
    Arrays.fill(start, 0.01f);
    adapter.load(start);
    Words words = trained.words(scope, 0, List.of(new TextEncoding.Caption(ids, 0)));
    NDArray states = words.text().states();
    float[] ofTheEnd = new float[Math.toIntExact(states.size())];
    Arrays.fill(
        ofTheEnd, ofTheEnd.length - Math.toIntExact(states.getShape().get(2)), ofTheEnd.length, 1);
    NDArray gradient = scope.create(ofTheEnd, states.getShape());
    words.back().orElseThrow().run(EncodedText.of(gradient));
    assertThat(adapter.takeGradients(scope.zeros(new Shape(1))).values())
        .isNotEqualTo(new float[layout.parameters()]);
    adapter.load(new float[layout.parameters()]);
  }

  @Test
  void onlyLongCaptionsMakeAnotherLatentCache() throws IOException {
    ModelConfig model = model(END);
    String usual = VaeEncoderFactory.of(new Configuration(), model, 1).identity();
    assertThat(VaeEncoderFactory.of(new Configuration(), model.reading(1), 1).identity())
        .isEqualTo(usual)
        .doesNotContain("pieces");
    assertThat(VaeEncoderFactory.of(new Configuration(), model.reading(2), 1).identity())
        .isNotEqualTo(usual)
        .isNotEqualTo(VaeEncoderFactory.of(new Configuration(), model.reading(3), 1).identity());
  }

  private static Map<String, long[]> shapes(ModelFolder model) {
    Map<String, long[]> shapes = new TreeMap<>();
    try (TensorFile weights = model.weights("text_encoder")) {
      weights.tensors().forEach((key, tensor) -> shapes.put(key, tensor.shape()));
    }
    return shapes;
  }

  private static void requireClose(EncodedText actual, JsonNode expected) {
    float[] values = actual.states().toFloatArray();
    float[] wanted = Fixtures.floats(expected);
    assertThat(values.length).isEqualTo(wanted.length * STRIDE);
    for (int i = 0; i < wanted.length; i++) {
      assertThat(Math.abs(values[i * STRIDE] - wanted[i]))
          .isLessThan(1e-5f * (1 + Math.abs(wanted[i])));
    }
  }
}
