package org.sparklora.model.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.model.Resources;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.TensorFile;
import org.sparklora.util.InvalidInputException;

class ModelFolderTest {
  @TempDir private Path folder;
  private Path model;
  private Path cache;

  @BeforeEach
  void createModel() throws IOException {
    model = Files.createDirectory(folder.resolve("model"));
    cache = folder.resolve("cache");
    Files.createDirectory(model.resolve("unet"));
    write("model_index.json", "{\"_class_name\": \"StableDiffusionPipeline\"}");
    write("unet/config.json", "{\"in_channels\": 4}");
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(model.resolve(name), text);
  }

  /** A file with one tensor of one value. */
  private void writeTensor(String file, String name, float value) throws IOException {
    try (OutputStream out = Files.newOutputStream(model.resolve(file))) {
      new SafetensorsWriter().add(name, new long[] {1}, new float[] {value}).writeTo(out);
    }
  }

  private ModelFolder open() {
    return ModelFolder.open(model.toString(), new Configuration(false), Optional.empty());
  }

  private ModelFolder openVariant(String variant) {
    return ModelFolder.open(model.toString(), new Configuration(false), Optional.of(variant));
  }

  @Test
  void readsTheInfinitiesThatPythonWrites() throws IOException {
    Files.createDirectory(model.resolve("scheduler"));
    write("scheduler/scheduler_config.json", "{\"lambda_min_clipped\": -Infinity}");
    assertThat(open().config("scheduler").path("lambda_min_clipped").doubleValue())
        .isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @Test
  void refusesWhatIsNotJson() throws IOException {
    write("unet/config.json", "{\"in_channels\": 4} 5");
    assertThatThrownBy(() -> open().config("unet"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("unet/config.json: not valid JSON");
  }

  private ModelFolder openRemote() {
    return ModelFolder.open(
        "otherhost:" + model, OtherHostFiles.configuration(cache), Optional.empty());
  }

  private static float value(ModelFolder folder, String tensor) {
    try (TensorFile weights = folder.weights("unet")) {
      return weights.data(tensor).getFloat();
    }
  }

  @Test
  void readsConfigurationsAndWeights() throws IOException {
    writeTensor("unet/diffusion_pytorch_model.safetensors", "w", 2);

    ModelFolder opened = open();

    assertThat(opened.config("unet").get("in_channels").asInt()).isEqualTo(4);
    assertThat(opened.configReader("unet").integer("in_channels", 0)).isEqualTo(4);
    assertThat(opened.has("unet")).isTrue();
    assertThat(opened.has("tokenizer")).isFalse();
    assertThat(value(opened, "w")).isEqualTo(2);
    assertThat(opened.file("unet/config.json")).isRegularFile();
  }

  @Test
  void takesFileUris() throws IOException {
    writeTensor("unet/diffusion_pytorch_model.safetensors", "w", 2);
    ModelFolder opened =
        ModelFolder.open("file:" + model, new Configuration(false), Optional.empty());

    assertThat(value(opened, "w")).isEqualTo(2);
  }

  @Test
  void prefersSafetensorsAndReadsTorchFilesOtherwise() throws IOException {
    Files.copy(
        Resources.file("/model/protocol4.bin"), model.resolve("unet/diffusion_pytorch_model.bin"));
    try (TensorFile weights = open().weights("unet")) {
      assertThat(weights.tensors().keySet()).containsExactly("f32", "f64");
      assertThat(weights.source()).isEqualTo(model + "/unet/diffusion_pytorch_model.bin");
    }

    writeTensor("unet/diffusion_pytorch_model.safetensors", "w", 2);
    assertThat(value(open(), "w")).isEqualTo(2);
  }

  @Test
  void readsTheVariantThatWasAskedFor() throws IOException {
    writeTensor("unet/diffusion_pytorch_model.safetensors", "w", 2);
    writeTensor("unet/diffusion_pytorch_model.fp16.safetensors", "w", 16);

    assertThat(value(openVariant("fp16"), "w")).isEqualTo(16);
    assertThatThrownBy(() -> openVariant("ema").weights("unet"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Missing weights of unet in " + model)
        .hasMessageContaining("diffusion_pytorch_model.ema.safetensors")
        .hasMessageContaining("there is config.json, diffusion_pytorch_model.fp16.safetensors")
        .hasMessageEndingWith("leave out --variant ema for the plain ones");
  }

  @Test
  void readsPlainWeightsWhereAComponentHasNoneOfTheVariant() throws IOException {
    writeTensor("unet/diffusion_pytorch_model.fp16.safetensors", "w", 16);
    Files.createDirectories(model.resolve("vae"));
    writeTensor("vae/diffusion_pytorch_model.safetensors", "w", 3);

    assertThat(value(openVariant("fp16"), "w")).isEqualTo(16);
    assertThat(openVariant("fp16").weightFiles("vae"))
        .containsExactly("diffusion_pytorch_model.safetensors");
  }

  @Test
  void readsTheOnlyVariantThereIs() throws IOException {
    writeTensor("unet/diffusion_pytorch_model.fp16.safetensors", "w", 16);
    writeTensor("unet/diffusion_pytorch_model-00001-of-00002.fp16.safetensors", "w", 1);
    writeTensor("unet/diffusion_pytorch_model.fp16-00001-of-00002.safetensors", "w", 1);
    assertThat(value(open(), "w")).isEqualTo(16);

    writeTensor("unet/diffusion_pytorch_model.non_ema.safetensors", "w", 5);
    assertThatThrownBy(() -> open().weights("unet"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageEndingWith("choose one of these with --variant: fp16, non_ema");

    writeTensor("unet/diffusion_pytorch_model.bin.safetensors", "w", 1);
    writeTensor("unet/diffusion_pytorch_model.safetensors", "w", 2);
    assertThat(value(open(), "w")).isEqualTo(2);
  }

  @Test
  void joinsShards() throws IOException {
    writeTensor("unet/one.safetensors", "b", 1);
    writeTensor("unet/two.safetensors", "a", 2);
    write(
        "unet/diffusion_pytorch_model.safetensors.index.json",
        "{\"weight_map\": {\"b\": \"one.safetensors\", \"a\": \"two.safetensors\"}}");

    try (TensorFile weights = open().weights("unet")) {
      assertThat(weights.tensors().keySet()).containsExactly("a", "b");
      assertThat(weights.data("a").getFloat()).isEqualTo(2);
      assertThat(weights.data("b").getFloat()).isEqualTo(1);
      assertThatThrownBy(() -> weights.data("c")).hasMessageStartingWith("Missing tensor c in ");
    }
  }

  @Test
  void namesMissingShardsAndTensorsMissingFromThem() throws IOException {
    String index = "unet/diffusion_pytorch_model.safetensors.index.fp16.json";
    writeTensor("unet/one.safetensors", "b", 1);
    write(index, "{\"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"one.safetensors\"}}");
    assertThatThrownBy(() -> openVariant("fp16").weights("unet"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "Missing tensor a in one.safetensors, where " + model + "/" + index + " puts it");

    write(index, "{\"weight_map\": {\"a\": \"../x.safetensors\", \"b\": \"two.safetensors\"}}");
    assertThatThrownBy(() -> openVariant("fp16").weights("unet"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Missing shard ../x.safetensors")
        .hasMessageContaining("Missing shard two.safetensors");
  }

  @Test
  void saysWhatIsMissingAndWhatIsThere() throws IOException {
    assertThatThrownBy(() -> ModelFolder.open("/no/where", new Configuration(), Optional.empty()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Missing model folder: /no/where");
    assertThatThrownBy(() -> open().weights("vae"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "Missing component vae in "
                + model
                + "; there is model_index.json, unet/ in this folder");
    assertThatThrownBy(() -> open().config("scheduler"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "Missing file "
                + model
                + "/scheduler/scheduler_config.json; there is nothing in scheduler");
    write("unet/config.json", "{\"in_channels\": ");
    assertThatThrownBy(() -> open().config("unet"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Invalid " + model + "/unet/config.json: not valid JSON");
  }

  @Test
  void copiesRemoteFilesOnceAndAgainWhenTheyChange() throws IOException {
    writeTensor("unet/diffusion_pytorch_model.safetensors", "w", 2);
    int opened = OtherHostFiles.OPENED.get();

    assertThat(value(openRemote(), "w")).isEqualTo(2);
    assertThat(value(openRemote(), "w")).isEqualTo(2);
    assertThat(OtherHostFiles.OPENED.get() - opened).isEqualTo(1);

    writeTensor("unet/diffusion_pytorch_model.safetensors", "w", 3);
    Files.setLastModifiedTime(
        model.resolve("unet/diffusion_pytorch_model.safetensors"), FileTime.fromMillis(1000));
    assertThat(value(openRemote(), "w")).isEqualTo(3);
    assertThat(openRemote().config("unet").get("in_channels").asInt()).isEqualTo(4);
    assertThat(openRemote().has("vae")).isFalse();
  }

  @Test
  void sharesTheCacheBetweenConcurrentReaders() throws IOException {
    writeTensor("unet/diffusion_pytorch_model.safetensors", "w", 2);

    List<Float> values =
        IntStream.range(0, 32).parallel().mapToObj(i -> value(openRemote(), "w")).toList();

    assertThat(values).hasSize(32).containsOnly(2f);
    assertThat(cache).isDirectoryContaining("glob:**.safetensors");
    assertThat(cache.toFile().list()).hasSize(1);
  }

  @Test
  void saysThatARemoteFolderCannotBeReached() {
    assertThatThrownBy(
            () -> ModelFolder.open("nosuch://host/x", new Configuration(false), Optional.empty()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Cannot reach nosuch://host/x: ");
    assertThatThrownBy(
            () ->
                ModelFolder.open(
                    "otherhost:/no/where", OtherHostFiles.configuration(cache), Optional.empty()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Missing model folder: otherhost:/no/where");
  }
}
