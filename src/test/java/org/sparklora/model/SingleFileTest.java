package org.sparklora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFiles;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.folder.StagedOutput;
import org.sparklora.util.InvalidInputException;

/** A whole model in one file is the folder it was made from. */
class SingleFileTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"sd15", "sd2", "sdxl"})
  void itsTensorsAreThoseOfTheFolderBitForBit(String name) throws IOException {
    ModelFolder model = open(GOLDEN.resolve(name + "/model").toString());
    Path file = OneFileTensors.of(model, name).write(folder.resolve("model.safetensors"));
    requireSame(model, open(file.toString()), name);
  }

  private static void requireSame(ModelFolder model, ModelFolder single, String name) {
    for (String component : components(name)) {
      try (TensorFile expected = model.weights(component);
          TensorFile actual = single.weights(component)) {
        for (TensorInfo tensor : expected.tensors().values()) {
          if (tensor.name().endsWith("position_ids")) {
            continue;
          }
          assertThat(actual.tensors()).as(component).containsKey(tensor.name());
          assertThat(actual.tensors().get(tensor.name()).shape())
              .as(tensor.name())
              .isEqualTo(tensor.shape());
          assertThat(actual.data(tensor.name()))
              .as(tensor.name())
              .isEqualTo(expected.data(tensor.name()));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sd15", "sd2", "sdxl"})
  void aFolderIsWrittenAsOneFileAndTheFileAsTheFolderBitForBit(String name) throws IOException {
    ModelFolder model = open(GOLDEN.resolve(name + "/model").toString());
    Path file = folder.resolve("written.safetensors");
    try (OneFileCopy copy = OneFileCopy.of(copy(model));
        OutputStream out = Files.newOutputStream(file)) {
      copy.writeTo(out);
    }
    Map<String, OneFileTensors.Stored> expected = OneFileTensors.of(model, name).tensors();
    try (TensorFile written = TensorFiles.open(file, "written")) {
      assertThat(written.tensors().keySet())
          .filteredOn(tensor -> !tensor.endsWith("position_ids") && !tensor.equals("v_pred"))
          .containsExactlyInAnyOrderElementsOf(
              expected.keySet().stream().filter(n -> !n.endsWith("position_ids")).toList());
      expected.forEach(
          (tensor, stored) -> {
            if (!tensor.endsWith("position_ids")) {
              assertThat(written.tensors().get(tensor).shape())
                  .as(tensor)
                  .isEqualTo(stored.info().shape());
              assertThat(written.data(tensor)).as(tensor).isEqualTo(stored.values());
            }
          });
    }
    Path back = folder.resolve("back");
    try (StagedOutput out = StagedOutput.open(back.toString(), new Configuration(false))) {
      copy(open(file.toString())).writeTo(out, done -> {});
      out.commit();
    }
    requireSame(model, open(back.toString()), name);
  }

  private static ModelCopy copy(ModelFolder model) {
    return new ModelCopy(model, Map.of(), Map.of(), Map.of());
  }

  @Test
  void whatOneFileCannotHoldIsRefused() {
    String location = "src/quickstart/base-model";
    assertThatThrownBy(() -> OneFileCopy.of(copy(open(location))).close())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Cannot write " + location + " as one file")
        .hasMessageContaining("it has no name for");
  }

  private static List<String> components(String name) {
    return name.equals("sdxl")
        ? List.of("unet", "vae", "text_encoder", "text_encoder_2")
        : List.of("unet", "vae", "text_encoder");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sd15", "sdxl"})
  void itsConfigurationsComputeWhatThePublishedOnesDo(String name) throws IOException {
    ModelFolder layout = open("src/test/resources/" + name + "-layout");
    Path file =
        OneFileTensors.ofShapes(layout, name)
            .writeHeader(folder.resolve("header.safetensors"), "{}");
    ModelFolder single = open(file.toString());
    assertThat(ModelFamily.of(single)).isEqualTo(ModelFamily.of(layout));
    assertThat(NetworkLoader.unetConfig(single)).isEqualTo(NetworkLoader.unetConfig(layout));
    assertThat(NetworkLoader.vaeConfig(single)).isEqualTo(NetworkLoader.vaeConfig(layout));
    for (Network encoder : ModelFamily.of(layout).textEncoders()) {
      assertThat(NetworkLoader.textEncoderConfig(single, encoder))
          .isEqualTo(NetworkLoader.textEncoderConfig(layout, encoder));
      assertThat(CaptionTokenizer.load(single).of(encoder).length()).isEqualTo(77);
    }
  }

  @Test
  void averagesAreLeftOutAndTheUnknownIsNamed() throws IOException {
    Path one = folder.resolve("model.safetensors");
    OneFileTensors tensors = OneFileTensors.of(open(GOLDEN + "/sd15/model"), "sd15");
    tensors.add("model_ema.diffusion_modelinput_blocks00weight", 1);
    tensors.add("betas", 1);
    assertThat(open(tensors.write(one).toString()).has("unet")).isTrue();
    tensors.add("model.diffusion_model.joint_blocks.0.weight", 1);
    Path file = tensors.write(one);
    assertThatThrownBy(() -> open(file.toString()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("1 of its tensors are of no network of Stable Diffusion")
        .hasMessageContaining("model.diffusion_model.joint_blocks.0.weight");
  }

  @ParameterizedTest
  @ValueSource(strings = {"edm_mean", "edm_vpred.sigma_max"})
  void aModelOfAnotherNoiseIsRefusedByName(String mark) throws IOException {
    OneFileTensors tensors = OneFileTensors.of(open(GOLDEN + "/sd15/model"), "sd15");
    tensors.add(mark, 1);
    Path file = tensors.write(folder.resolve("model.safetensors"));
    assertThatThrownBy(() -> open(file.toString()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("it was trained with EDM's noise");
  }

  @Test
  void aUNetAloneHasNoOtherParts() throws IOException {
    Path one = folder.resolve("model.safetensors");
    OneFileTensors tensors = OneFileTensors.of(open(GOLDEN + "/sd15/model"), "sd15");
    tensors.tensors().keySet().removeIf(name -> !name.startsWith("model.diffusion_model."));
    ModelFolder single = open(tensors.write(one).toString());
    assertThat(single.has("unet")).isTrue();
    assertThatThrownBy(() -> single.weights("vae"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Missing component vae");
  }

  private static ModelFolder open(String location) {
    return ModelFolder.open(location, new Configuration(false), Optional.empty());
  }
}
