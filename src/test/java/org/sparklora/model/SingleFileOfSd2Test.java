package org.sparklora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFiles;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.util.InvalidInputException;

/**
 * Stable Diffusion 2.x in one file: published files have 24 layers of text, of which 23 are read.
 */
class SingleFileOfSd2Test {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String GOLDEN = "src/test/resources/golden/sd2/model";
  private static final String LAYOUT = "src/test/resources/sd15-layout";
  private static final int WIDTH = 1024;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFileWith24Or23LayersIsThePublishedModel(boolean unread) throws IOException {
    ModelFolder layout = open(layout());
    OneFileTensors tensors = OneFileTensors.ofShapes(layout, "sd2");
    ModelFolder single = header(unread ? tensors.withUnreadLayer(23, WIDTH) : tensors, "{}");
    assertThat(NetworkLoader.unetConfig(single)).isEqualTo(NetworkLoader.unetConfig(layout));
    assertThat(NetworkLoader.vaeConfig(single)).isEqualTo(NetworkLoader.vaeConfig(layout));
    assertThat(NetworkLoader.textEncoderConfig(single, Network.TEXT_ENCODER))
        .isEqualTo(NetworkLoader.textEncoderConfig(layout, Network.TEXT_ENCODER));
    assertThat(single.config("scheduler").path("prediction_type").asText())
        .isEqualTo("v_prediction");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "{\"modelspec.prediction_type\":\"epsilon\"}, epsilon",
        "{\"modelspec.prediction_type\":\"v\"}, v_prediction",
        "{\"global_step\":\"875000\"}, epsilon",
        "{\"global_step\":\"140000\"}, v_prediction"
      })
  void theMetadataSayWhatItPredicts(String metadata, String predicts) throws IOException {
    ModelFolder single = header(OneFileTensors.ofShapes(open(layout()), "sd2"), metadata);
    assertThat(single.config("scheduler").path("prediction_type").asText()).isEqualTo(predicts);
  }

  @Test
  void aSmallerOneLeavesOutTheLastLayerWhereTheProjectionFollowsIt() throws IOException {
    ModelFolder model = open(Path.of(GOLDEN));
    int layers = model.config("text_encoder").path("num_hidden_layers").asInt();
    int width = model.config("text_encoder").path("hidden_size").asInt();
    Path file = folder.resolve("model.safetensors");
    OneFileTensors.of(model, "sd2").withUnreadLayer(layers, width).write(file);
    assertThat(open(file).config("text_encoder").path("num_hidden_layers").asInt())
        .isEqualTo(layers);
  }

  @Test
  void whatIsInNoLayerIsNamed() throws IOException {
    OneFileTensors tensors = OneFileTensors.of(open(Path.of(GOLDEN)), "sd2");
    tensors.add("cond_stage_model.model.transformer.resblocks.0.attn.gate", 1);
    Path file = tensors.write(folder.resolve("model.safetensors"));
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("cond_stage_model.model.transformer.resblocks.0.attn.gate");
  }

  @ParameterizedTest
  @CsvSource({"epsilon, epsilon", "v_prediction, v"})
  void aWrittenFileSaysWhatItPredicts(String prediction, String said) throws IOException {
    Path model = folder.resolve("model");
    copy(Path.of(GOLDEN), model);
    change(model.resolve("scheduler/scheduler_config.json"), "prediction_type", prediction);
    Path file = folder.resolve("written.safetensors");
    ModelCopy whole = new ModelCopy(open(model), Map.of(), Map.of(), Map.of());
    try (OneFileCopy copy = OneFileCopy.of(whole);
        OutputStream out = Files.newOutputStream(file)) {
      copy.writeTo(out);
    }
    try (TensorFile written = TensorFiles.open(file, "written")) {
      assertThat(written.metadata()).containsEntry("modelspec.prediction_type", said);
    }
    assertThat(open(file).config("scheduler").path("prediction_type").asText())
        .isEqualTo(prediction);
  }

  /** The published configurations of Stable Diffusion 2.1, where they differ from those of 1.5. */
  private Path layout() throws IOException {
    Path layout = folder.resolve("layout");
    copy(Path.of(LAYOUT), layout);
    Path unet = layout.resolve("unet/config.json");
    change(unet, "attention_head_dim", new int[] {5, 10, 20, 20});
    change(unet, "cross_attention_dim", WIDTH);
    change(unet, "sample_size", 96);
    change(unet, "use_linear_projection", true);
    change(unet, "upcast_attention", true);
    Path text = layout.resolve("text_encoder/config.json");
    change(text, "hidden_act", "gelu");
    change(text, "hidden_size", WIDTH);
    change(text, "intermediate_size", 4 * WIDTH);
    change(text, "num_attention_heads", 16);
    change(text, "num_hidden_layers", 23);
    return layout;
  }

  private static void change(Path file, String field, Object value) throws IOException {
    ObjectNode json = (ObjectNode) JSON.readTree(Files.readString(file));
    json.set(field, JSON.valueToTree(value));
    Files.write(file, JSON.writeValueAsBytes(json));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private ModelFolder header(OneFileTensors tensors, String metadata) throws IOException {
    return open(tensors.writeHeader(folder.resolve("header.safetensors"), metadata));
  }

  private static ModelFolder open(Path location) {
    return ModelFolder.open(location.toString(), new Configuration(false), Optional.empty());
  }
}
