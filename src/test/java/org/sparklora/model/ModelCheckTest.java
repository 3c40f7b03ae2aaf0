package org.sparklora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.util.Findings;
import org.sparklora.util.InvalidInputException;

@Tag("long")
class ModelCheckTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/distilled/model");
  private static final Path TOKENIZER = Path.of("src/quickstart/base-model/tokenizer");
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A model whose parts fit; each test changes a copy. */
  @TempDir private static Path sound;

  @TempDir private Path folder;

  @BeforeAll
  static void writeModel() throws IOException {
    Path layout = sound.resolve("layout");
    for (String component : List.of("unet", "vae", "text_encoder")) {
      Path config = layout.resolve(component).resolve("config.json");
      Files.createDirectories(config.getParent());
      Files.copy(GOLDEN.resolve(component).resolve("config.json"), config);
    }
    Files.createDirectories(layout.resolve("tokenizer"));
    for (String file : List.of("vocab.json", "merges.txt")) {
      Files.copy(TOKENIZER.resolve(file), layout.resolve("tokenizer").resolve(file));
    }
    set(layout, "text_encoder", "vocab_size", "49408");
    RandomModel.write(layout, sound.resolve("model"), TensorType.BF16);
  }

  @BeforeEach
  void copyModel() throws IOException {
    Path from = sound.resolve("model");
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve("model").resolve(from.relativize(file)));
      }
    }
  }

  @Test
  void acceptsAModelWhosePartsFit() {
    assertThatCode(this::check).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unet | in_channels | 9 | its UNet takes 9 channels and its autoencoder makes 4",
        "unet | out_channels | 8 | its UNet takes 4 channels and gives 8",
        "unet | cross_attention_dim | 24 | its UNet takes 24 values for each word",
        "vae | latent_channels | 16 | its UNet takes 4 channels and its autoencoder makes 16",
        "vae | in_channels | 1 | takes pictures of 1 channels",
        "text_encoder | vocab_size | 300 | its tokenizer has ids up to 49407",
        "text_encoder | max_position_embeddings | 64 | its tokenizer makes texts of 77 ids",
      })
  void refusesPartsThatDoNotFitTogether(
      String component, String field, String value, String problem) throws IOException {
    set(folder.resolve("model"), component, field, value);

    assertThat(problems()).anySatisfy(it -> assertThat(it).contains(problem));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unet | layers_per_block | 2147483647 | Invalid layers_per_block: 2147483647 in",
        "unet | block_out_channels | [] | a list of 1 to 12",
        "unet | block_out_channels | [16,32,64] | Unsupported down_block_types",
        "unet | norm_num_groups | 0 | from 1 to",
        "unet | norm_num_groups | 5 | it does not divide 16 channels",
        "unet | norm_eps | -1 | from 0.0 to 1.0",
        "unet | attention_head_dim | 64 | 16 channels have no more heads",
        "unet | freq_shift | 8 | it must be below half of 16 channels",
        "unet | conv_out_kernel | 2 | an odd number is expected",
        "vae | scaling_factor | 0 | Invalid scaling_factor: 0 in",
        "vae | scaling_factor | 1e308 | from 1.0E-4 to 10000.0",
        "vae | scaling_factor | -1 | from 1.0E-4 to 10000.0",
        "vae | norm_num_groups | 3 | it does not divide 16 channels",
        "text_encoder | num_attention_heads | 3 | it does not divide hidden_size 16",
        "text_encoder | num_hidden_layers | -1 | from 1 to 256",
      })
  void refusesNumbersThatNothingCanBeComputedWith(
      String component, String field, String value, String bound) throws IOException {
    set(folder.resolve("model"), component, field, value);

    assertThat(problems()).anySatisfy(it -> assertThat(it).contains(component).contains(bound));
  }

  @ParameterizedTest
  @CsvSource({
    "unet, layers_per_block, 2, Missing tensor",
    "vae, layers_per_block, 2, Missing tensor",
    "text_encoder, intermediate_size, 64, Invalid shape of tensor",
    "text_encoder, num_hidden_layers, 1, Unknown tensor",
  })
  void refusesWeightsOfAnotherShapeByTheirHeaders(
      String component, String field, String value, String problem) throws IOException {
    set(folder.resolve("model"), component, field, value);

    assertThat(problems()).anySatisfy(it -> assertThat(it).startsWith(problem));
  }

  @ParameterizedTest
  @CsvSource({"unet", "vae", "text_encoder"})
  void refusesFilesThatAreCutShort(String component) throws IOException {
    Path file;
    try (var files = Files.list(folder.resolve("model").resolve(component))) {
      file = files.filter(it -> it.toString().endsWith(".safetensors")).findFirst().orElseThrow();
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 100);
    }

    assertThat(problems()).singleElement().asString().contains(file.getFileName().toString());
  }

  @ParameterizedTest
  @CsvSource({"unet/config.json", "vae/config.json", "tokenizer/vocab.json"})
  void recognisesAPointerInAFilesPlace(String name) throws IOException {
    Files.writeString(
        folder.resolve("model").resolve(name),
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");

    assertThat(problems())
        .anySatisfy(it -> assertThat(it).contains(name).contains("Git LFS pointer"));
  }

  @Test
  void looksAtWhatACommandDoesNotNeedWhereItIsThere() throws IOException {
    Path model = folder.resolve("model");
    set(model, "unet", "in_channels", "9");
    EnumSet<ModelCheck.Part> needed = EnumSet.of(ModelCheck.Part.VAE, ModelCheck.Part.TOKENIZER);
    Findings findings = new Findings();
    ModelCheck.of(open(model), needed, findings);
    assertThat(catchThrowableOfType(InvalidInputException.class, findings::throwAll)).isNotNull();

    Files.move(model.resolve("unet"), folder.resolve("elsewhere"));
    Findings without = new Findings();
    ModelCheck.of(open(model), needed, without);
    assertThatCode(without::throwAll).doesNotThrowAnyException();
  }

  private List<String> problems() {
    InvalidInputException error = catchThrowableOfType(InvalidInputException.class, this::check);
    assertThat(error.kind()).isEqualTo(InvalidInputException.Kind.DATA);
    return error.problems();
  }

  private void check() {
    Findings findings = new Findings();
    ModelCheck.of(open(folder.resolve("model")), findings);
    findings.throwAll();
  }

  private static ModelFolder open(Path path) {
    return ModelFolder.open(path.toString(), new Configuration(), Optional.empty());
  }

  private static void set(Path model, String component, String field, String value)
      throws IOException {
    Path file = model.resolve(component).resolve("config.json");
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    config.set(field, JSON.readTree(value));
    JSON.writeValue(file.toFile(), config);
  }
}
