package org.sparklora.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.util.InvalidInputException;

/** An explicit null in a configuration means that the field is absent. */
class NullFieldsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Where null has a meaning in diffusers: no middle block, and in Python false. */
  private static final Set<String> OTHERWISE =
      Set.of(
          "mid_block_type",
          "flip_sin_to_cos",
          "use_quant_conv",
          "use_post_quant_conv",
          "mid_block_add_attention");

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "sd15, unet/config.json",
    "sd2, unet/config.json",
    "sdxl, unet/config.json",
    "sd15, vae/config.json",
    "sdxl, vae/config.json",
    "sd15, text_encoder/config.json",
    "sdxl, text_encoder/config.json",
    "sdxl, text_encoder_2/config.json",
    "sd15, scheduler/scheduler_config.json",
    "sd2, scheduler/scheduler_config.json",
    "sdxl, scheduler/scheduler_config.json",
    "sdxl, tokenizer/tokenizer_config.json",
    "sdxl, tokenizer_2/tokenizer_config.json",
    "sdxl, model_index.json"
  })
  void aNullReadsAsAnAbsentField(String name, String file) throws IOException {
    Path golden = Path.of("src/test/resources/golden", name, "model").toAbsolutePath();
    Path model = folder.resolve("model");
    link(golden, model, model.resolve(file));
    ObjectNode config = (ObjectNode) JSON.readTree(golden.resolve(file).toFile());
    List<String> fields = new ArrayList<>();
    config.fieldNames().forEachRemaining(fields::add);
    fields.removeAll(OTHERWISE);
    assertThat(fields).isNotEmpty();
    for (String field : fields) {
      ObjectNode without = config.deepCopy();
      without.remove(field);
      ObjectNode withNull = config.deepCopy();
      withNull.putNull(field);
      assertThat(reading(model, file, withNull)).as(field).isEqualTo(reading(model, file, without));
    }
  }

  /** What is read of a configuration, or how it is refused. */
  private static Object reading(Path model, String file, ObjectNode config) throws IOException {
    Files.write(model.resolve(file), JSON.writeValueAsBytes(config));
    ModelFolder base =
        ModelFolder.open(model.toString(), new Configuration(false), Optional.empty());
    Function<ModelFolder, Object> read =
        switch (file) {
          case "unet/config.json" -> NetworkLoader::unetConfig;
          case "vae/config.json" -> NetworkLoader::vaeConfig;
          case "text_encoder/config.json" ->
              folder -> NetworkLoader.textEncoderConfig(folder, Network.TEXT_ENCODER);
          case "text_encoder_2/config.json" ->
              folder -> NetworkLoader.textEncoderConfig(folder, Network.TEXT_ENCODER_2);
          case "scheduler/scheduler_config.json" ->
              folder -> SchedulerConfig.of(folder.config("scheduler"));
          case "model_index.json" -> ModelFamily::of;
          default -> NullFieldsTest::ids;
        };
    try {
      return read.apply(base);
    } catch (InvalidInputException e) {
      return e.getMessage().replaceAll("null|absent", "nothing");
    }
  }

  private static Object ids(ModelFolder base) {
    int[] ids = CaptionTokenizer.load(base).ids("a red Apple!");
    return Arrays.stream(ids).boxed().toList();
  }

  private static void link(Path from, Path to, Path written) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else if (!target.equals(written)) {
          Files.createSymbolicLink(target, file);
        }
      }
    }
  }
}
