package org.sparklora.pipeline.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.model.CaptionTokenizer;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.pipeline.PromptEncoder;
import org.sparklora.tensor.Ops;
import org.sparklora.train.Fixtures;
import org.sparklora.util.InvalidInputException;

/** Weights in prompts, against numbers of src/test/python/weighted_prompt_fixtures.py. */
@Tag("long")
class WeightedPromptTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/sd15/model");
  private static final Path TOKENIZER = Path.of("src/quickstart/base-model/tokenizer");
  private static final int STRIDE = 16;

  @TempDir private Path folder;

  static List<JsonNode> references() {
    return Fixtures.cases("weighted_prompts.json");
  }

  @ParameterizedTest
  @MethodSource("references")
  void readsBracketsAsDiffusersCommunityPipeline(JsonNode reference) {
    WeightedPrompt prompt = WeightedPrompt.parse(reference.get("prompt").asText());
    List<JsonNode> parts =
        reference
            .get("parts")
            .valueStream()
            .filter(it -> !it.get("text").asText().isEmpty())
            .toList();
    List<WeightedPrompt.Part> read =
        prompt.parts().stream().filter(part -> !part.text().isEmpty()).toList();
    assertThat(read)
        .extracting(WeightedPrompt.Part::text)
        .isEqualTo(parts.stream().map(part -> part.get("text").asText()).toList());
    for (int i = 0; i < parts.size(); i++) {
      assertThat(read.get(i).weight())
          .isCloseTo(parts.get(i).get("weight").doubleValue(), within(1e-12));
    }
  }

  /** With time that grew by the square of their number, this would take minutes. */
  @Test
  void manyBracketsAndMarksAreRead() {
    int many = 200_000;
    String nested = "(a".repeat(many) + ":1)".repeat(many);
    assertThat(WeightedPrompt.parse(nested).parts())
        .containsExactly(new WeightedPrompt.Part("a".repeat(many), 1));
    String plain = "\\(".repeat(many) + ":" + "1".repeat(many);
    assertThat(WeightedPrompt.parse(plain).words())
        .isEqualTo("(".repeat(many) + ":" + "1".repeat(many));
  }

  @Test
  void bracketsOfTwoKindsMayOverlap() {
    assertThat(WeightedPrompt.parse("(a [b) c] () d").parts())
        .containsExactly(
            new WeightedPrompt.Part("a ", 1.1),
            new WeightedPrompt.Part("b", 1.1 * (1 / 1.1)),
            new WeightedPrompt.Part(" c", 1 / 1.1),
            new WeightedPrompt.Part("  d", 1));
  }

  @Test
  void aWeightBeyondFp32IsRefused() {
    assertThatThrownBy(() -> WeightedPrompt.parse("(cat:" + "9".repeat(40) + ")"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("a weight in it is beyond fp32");
  }

  @Test
  void weighsHiddenStatesAsDiffusersCommunityPipeline() throws IOException {
    for (Path part : list(GOLDEN.toAbsolutePath())) {
      Files.createSymbolicLink(folder.resolve(part.getFileName()), part);
    }
    Files.createSymbolicLink(folder.resolve("tokenizer"), TOKENIZER.toAbsolutePath());
    ModelConfig model = new ModelConfig(folder.toString(), folder.toString(), "");
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      for (JsonNode reference : references()) {
        int pieces = (reference.get("words").intValue() - 2) / 75;
        ModelFolder base = model.reading(pieces).open(new Configuration());
        PromptEncoder encoder =
            new PromptEncoder(
                CaptionTokenizer.load(base), new NetworkLoader(base, ops).textEncoders());
        String prompt = reference.get("prompt").asText();
        float[] both =
            encoder.encodeWeighted(scope, List.of("(other)", prompt), 0).states().toFloatArray();
        float[] wanted = Fixtures.floats(reference.get("states"));
        int first = both.length / 2;
        assertThat(first).isEqualTo(wanted.length * STRIDE);
        for (int i = 0; i < wanted.length; i++) {
          assertThat(Math.abs(both[first + i * STRIDE] - wanted[i]))
              .as(prompt)
              .isLessThan(1e-5f * (1 + Math.abs(wanted[i])));
        }
      }
    }
  }

  @Test
  void aPromptWithoutMarksIsWhatItIsWithoutWeights() throws IOException {
    for (Path part : list(GOLDEN.toAbsolutePath())) {
      Files.createSymbolicLink(folder.resolve(part.getFileName()), part);
    }
    Files.createSymbolicLink(folder.resolve("tokenizer"), TOKENIZER.toAbsolutePath());
    ModelFolder base = new ModelConfig("m", folder.toString(), "").open(new Configuration());
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      PromptEncoder encoder =
          new PromptEncoder(
              CaptionTokenizer.load(base), new NetworkLoader(base, ops).textEncoders());
      List<String> prompts = List.of("a red pear, on a table", "");
      EncodedText plain = encoder.encode(scope, prompts, "", 1);
      EncodedText weighted = encoder.encodeWeighted(scope, prompts, 1);
      assertThat(weighted.states().toFloatArray()).isEqualTo(plain.states().toFloatArray());
    }
    assertThat(new PromptReading(1, true).words("a (red:2) \\(pear\\)")).isEqualTo("a red (pear)");
    assertThat(PromptReading.USUAL.words("a (red:2) pear")).isEqualTo("a (red:2) pear");
  }

  private static List<Path> list(Path of) throws IOException {
    try (Stream<Path> parts = Files.list(of)) {
      return parts.toList();
    }
  }
}
