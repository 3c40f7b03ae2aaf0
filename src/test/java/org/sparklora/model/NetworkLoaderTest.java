package org.sparklora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.Layers;
import org.sparklora.nn.Weights;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.nn.vae.AutoencoderKL;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.util.InvalidInputException;

class NetworkLoaderTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/sd15/model");
  private static final String UNET = "unet/diffusion_pytorch_model.safetensors";

  @TempDir private Path folder;

  @Test
  void stableDiffusion15HasItsPublishedNumberOfParameters() {
    ModelFolder layout = open(Path.of("src/test/resources/sd15-layout"));
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      Shapes unet = new Shapes(ops);
      assertThat(
              new UNet2DConditionModel(NetworkLoader.unetConfig(layout), Layers.of(ops, unet))
                  .layers())
          .isNotEmpty();
      assertThat(unet.parameters()).isEqualTo(859_520_964);
      Shapes text = new Shapes(ops);
      assertThat(new ClipTextModel(NetworkLoader.textEncoderConfig(layout), Layers.of(ops, text)))
          .isNotNull();
      assertThat(text.parameters()).isEqualTo(123_060_480);
      Shapes vae = new Shapes(ops);
      assertThat(
              new AutoencoderKL(
                  new AutoencoderConfigReader(layout.configReader("vae")).readKL(),
                  Layers.of(ops, vae)))
          .isNotNull();
      assertThat(vae.parameters()).isEqualTo(83_653_863);
      LoraConfig rank4 = new LoraConfig(4, 4, 0, false, LoraConfig.ATTENTION);
      assertThat(AdapterLayout.of(unet.shapes, rank4).parameters()).isEqualTo(797_184);
    }
  }

  @Test
  void tensorsThatAreMissingMisshapedOrUnknownAreAllNamed() throws IOException {
    rewriteUNet(
        writer -> {
          writer.add("conv_in.weight", new long[] {1}, new float[1]);
          writer.add("stranger.weight", new long[] {1}, new float[1]);
        },
        "conv_in.weight",
        "mid_block.resnets.0.norm1.bias");
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      assertThatThrownBy(() -> new NetworkLoader(open(folder), ops).unet(Precision.FP32))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("Missing tensor mid_block.resnets.0.norm1.bias [64]")
          .hasMessageContaining("Invalid shape of tensor conv_in.weight: [1]")
          .hasMessageContaining("[32, 4, 3, 3]")
          .hasMessageContaining("Unknown tensor stranger.weight");
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void weightsThatAreNoNumbersAreNamed(float value) throws IOException {
    float[] values = new float[64];
    values[33] = value;
    rewriteUNet(
        writer -> writer.add("mid_block.resnets.0.norm1.bias", new long[] {64}, values),
        "mid_block.resnets.0.norm1.bias");
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      assertThatThrownBy(() -> new NetworkLoader(open(folder), ops).unet(Precision.FP32))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining(
              "Invalid values of tensor mid_block.resnets.0.norm1.bias: some are NaN or infinite");
    }
  }

  @Test
  void everyUnsupportedFieldIsNamed() throws IOException {
    copyModel();
    Path config = folder.resolve("unet/config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replace("\"dropout\": 0.0", "\"dropout\": 0.1, \"warp_drive\": true")
            .replace(
                "\"time_embedding_type\": \"positional\"", "\"time_embedding_type\": \"fourier\""));
    assertThatThrownBy(() -> NetworkLoader.unetConfig(open(folder)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("dropout: 0.1")
        .hasMessageContaining("warp_drive")
        .hasMessageContaining("fourier");
  }

  private void rewriteUNet(Consumer<SafetensorsWriter> additions, String... without)
      throws IOException {
    copyModel();
    SafetensorsWriter writer = new SafetensorsWriter();
    try (TensorFile file = SafetensorsFile.open(GOLDEN.resolve(UNET))) {
      for (TensorInfo tensor : file.tensors().values()) {
        if (!Arrays.asList(without).contains(tensor.name())) {
          writer.add(tensor.name(), tensor.type(), tensor.shape(), file.data(tensor.name()));
        }
      }
      additions.accept(writer);
      try (OutputStream out = Files.newOutputStream(folder.resolve(UNET))) {
        writer.writeTo(out);
      }
    }
  }

  private void copyModel() throws IOException {
    Files.createDirectories(folder.resolve("unet"));
    for (String file : new String[] {"model_index.json", "unet/config.json", UNET}) {
      Files.copy(GOLDEN.resolve(file), folder.resolve(file));
    }
  }

  private static ModelFolder open(Path location) {
    return ModelFolder.open(location.toString(), new Configuration(), Optional.empty());
  }

  /** Remembers what a network asks for. */
  private record Shapes(Ops ops, TreeMap<String, long[]> shapes) implements Weights {
    Shapes(Ops ops) {
      this(ops, new TreeMap<>());
    }

    @Override
    public NDArray take(String name, long... shape) {
      shapes.put(name, shape);
      return ops.none();
    }

    long parameters() {
      return shapes.values().stream()
          .mapToLong(s -> Arrays.stream(s).reduce(1, (a, b) -> a * b))
          .sum();
    }
  }
}
