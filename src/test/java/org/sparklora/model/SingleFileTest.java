package org.sparklora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFiles;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.folder.StagedOutput;
import org.sparklora.util.InvalidInputException;

/** A whole model in one file is the folder it was made from. */
class SingleFileTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @TempDir private Path folder;

  /** A stored tensor of the file that is written. */
  private record Stored(TensorInfo info, ByteBuffer values) {}

  @ParameterizedTest
  @ValueSource(strings = {"sd15", "sd2", "sdxl"})
  void itsTensorsAreThoseOfTheFolderBitForBit(String name) throws IOException {
    ModelFolder model = open(GOLDEN.resolve(name + "/model").toString());
    Path file = write(original(model, name));
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
  @ValueSource(strings = {"sd15", "sdxl"})
  void aFolderIsWrittenAsOneFileAndTheFileAsTheFolderBitForBit(String name) throws IOException {
    ModelFolder model = open(GOLDEN.resolve(name + "/model").toString());
    Path file = folder.resolve("written.safetensors");
    try (OneFileCopy copy = OneFileCopy.of(copy(model));
        OutputStream out = Files.newOutputStream(file)) {
      copy.writeTo(out);
    }
    Map<String, Stored> expected = original(model, name);
    try (TensorFile written = TensorFiles.open(file, "written")) {
      assertThat(written.tensors().keySet())
          .filteredOn(tensor -> !tensor.endsWith("position_ids"))
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

  @ParameterizedTest
  @CsvSource({
    "src/test/resources/golden/sd2/model, Stable Diffusion 2.x has a last layer",
    "src/quickstart/base-model, it has no name for",
  })
  void whatOneFileCannotHoldIsRefused(String location, String why) {
    assertThatThrownBy(() -> OneFileCopy.of(copy(open(location))).close())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Cannot write " + location + " as one file")
        .hasMessageContaining(why);
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
    Map<String, Stored> tensors = new TreeMap<>();
    OriginalNames names = new OriginalNames(2, 4, name.equals("sdxl"));
    NetworkLoader.shapes(layout, "unet")
        .forEach((n, shape) -> add(tensors, "model.diffusion_model." + names.unet(n), shape));
    NetworkLoader.shapes(layout, "vae")
        .forEach((n, shape) -> add(tensors, "first_stage_model." + names.vae(n), shape));
    String clip =
        name.equals("sdxl")
            ? "conditioner.embedders.0.transformer."
            : "cond_stage_model.transformer.";
    NetworkLoader.shapes(layout, "text_encoder")
        .forEach((n, shape) -> add(tensors, clip + n, shape));
    if (name.equals("sdxl")) {
      openClipShapes(tensors, layout);
    }
    ModelFolder single = open(writeHeader(tensors).toString());
    assertThat(ModelFamily.of(single)).isEqualTo(ModelFamily.of(layout));
    assertThat(NetworkLoader.unetConfig(single)).isEqualTo(NetworkLoader.unetConfig(layout));
    assertThat(NetworkLoader.vaeConfig(single)).isEqualTo(NetworkLoader.vaeConfig(layout));
    for (Network encoder : ModelFamily.of(layout).textEncoders()) {
      assertThat(NetworkLoader.textEncoderConfig(single, encoder))
          .isEqualTo(NetworkLoader.textEncoderConfig(layout, encoder));
      assertThat(CaptionTokenizer.load(single).of(encoder).length()).isEqualTo(77);
    }
  }

  private static void openClipShapes(Map<String, Stored> tensors, ModelFolder layout) {
    String prefix = "conditioner.embedders.1.model.";
    Map<String, long[]> shapes = NetworkLoader.shapes(layout, "text_encoder_2");
    OriginalNames.openClip(32).forEach((from, to) -> add(tensors, prefix + to, shapes.get(from)));
    for (int i = 0; i < 32; i++) {
      String layer = prefix + "transformer.resblocks." + i + ".attn.in_proj_";
      add(tensors, layer + "weight", new long[] {3 * 1280, 1280});
      add(tensors, layer + "bias", new long[] {3 * 1280});
    }
    add(tensors, prefix + "text_projection", new long[] {1280, 1280});
    add(tensors, prefix + "logit_scale", new long[] {});
  }

  @Test
  void averagesAreLeftOutAndTheUnknownIsNamed() throws IOException {
    Map<String, Stored> tensors = original(open(GOLDEN + "/sd15/model"), "sd15");
    add(tensors, "model_ema.diffusion_modelinput_blocks00weight", new long[] {1});
    add(tensors, "betas", new long[] {1});
    assertThat(open(write(tensors).toString()).has("unet")).isTrue();
    add(tensors, "model.diffusion_model.joint_blocks.0.weight", new long[] {1});
    Path file = write(tensors);
    assertThatThrownBy(() -> open(file.toString()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("1 of its tensors are of no network of Stable Diffusion")
        .hasMessageContaining("model.diffusion_model.joint_blocks.0.weight");
  }

  @Test
  void aUNetAloneHasNoOtherParts() throws IOException {
    Map<String, Stored> tensors = original(open(GOLDEN + "/sd15/model"), "sd15");
    tensors.keySet().removeIf(name -> !name.startsWith("model.diffusion_model."));
    ModelFolder single = open(write(tensors).toString());
    assertThat(single.has("unet")).isTrue();
    assertThatThrownBy(() -> single.weights("vae"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Missing component vae");
  }

  /** The file's tensors by their original names. */
  private static Map<String, Stored> original(ModelFolder model, String name) {
    boolean xl = name.equals("sdxl");
    int layers = model.config("unet").path("layers_per_block").asInt();
    int vae = model.config("vae").path("block_out_channels").size();
    OriginalNames names = new OriginalNames(layers, vae, xl);
    Map<String, Stored> tensors = new LinkedHashMap<>();
    stored(model, "unet")
        .forEach((n, t) -> put(tensors, "model.diffusion_model." + names.unet(n), t));
    stored(model, "vae")
        .forEach((n, t) -> put(tensors, "first_stage_model." + names.vae(n), asKernel(n, t)));
    String clip = xl ? "conditioner.embedders.0.transformer." : "cond_stage_model.transformer.";
    Map<String, Stored> text = stored(model, "text_encoder");
    if (name.equals("sd2")) {
      openClip(tensors, text, "cond_stage_model.model.", true);
    } else {
      text.forEach((n, t) -> put(tensors, clip + n, t));
    }
    if (xl) {
      Map<String, Stored> second = stored(model, "text_encoder_2");
      openClip(tensors, second, "conditioner.embedders.1.model.", false);
    }
    return tensors;
  }

  /** Attention of the autoencoder is of 1 x 1 convolutions. */
  private static Stored asKernel(String name, Stored tensor) {
    long[] shape = tensor.info().shape();
    boolean attention = name.contains(".attentions.0.to_") && shape.length == 2;
    return attention
        ? new Stored(
            new TensorInfo(name, tensor.info().type(), new long[] {shape[0], shape[1], 1, 1}),
            tensor.values())
        : tensor;
  }

  /**
   * @param oneMore whether the file has a last layer that is not read
   */
  private static void openClip(
      Map<String, Stored> tensors, Map<String, Stored> text, String prefix, boolean oneMore) {
    int layers = 0;
    while (text.containsKey("text_model.encoder.layers." + layers + ".mlp.fc1.bias")) {
      layers++;
    }
    OriginalNames.openClip(layers).forEach((from, to) -> put(tensors, prefix + to, text.get(from)));
    for (int i = 0; i < layers; i++) {
      for (String part : List.of("weight", "bias")) {
        String self = "text_model.encoder.layers." + i + ".self_attn.";
        put(
            tensors,
            prefix + "transformer.resblocks." + i + ".attn.in_proj_" + part,
            joined(
                text.get(self + "q_proj." + part),
                text.get(self + "k_proj." + part),
                text.get(self + "v_proj." + part)));
      }
    }
    if (oneMore) {
      add(tensors, prefix + "transformer.resblocks." + layers + ".ln_1.weight", new long[] {1});
    }
    if (text.containsKey("text_projection.weight")) {
      put(tensors, prefix + "text_projection", transposed(text.get("text_projection.weight")));
    }
  }

  private static Stored joined(Stored... parts) {
    long[] shape = parts[0].info().shape().clone();
    shape[0] *= parts.length;
    TensorInfo info = new TensorInfo("", parts[0].info().type(), shape);
    ByteBuffer all = ByteBuffer.allocate((int) info.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (Stored part : parts) {
      all.put(part.values().duplicate());
    }
    return new Stored(info, all.flip());
  }

  private static Stored transposed(Stored matrix) {
    int rows = (int) matrix.info().shape()[0];
    int columns = (int) matrix.info().shape()[1];
    int size = matrix.info().type().bytes();
    ByteBuffer values = ByteBuffer.allocate((int) matrix.info().bytes());
    for (int column = 0; column < columns; column++) {
      for (int row = 0; row < rows; row++) {
        for (int b = 0; b < size; b++) {
          values.put(matrix.values().get((row * columns + column) * size + b));
        }
      }
    }
    long[] shape = {columns, rows};
    return new Stored(new TensorInfo("", matrix.info().type(), shape), values.flip());
  }

  private static Map<String, Stored> stored(ModelFolder model, String component) {
    Map<String, Stored> tensors = new LinkedHashMap<>();
    try (TensorFile file = model.weights(component)) {
      file.tensors().forEach((name, info) -> tensors.put(name, new Stored(info, file.data(name))));
    }
    return tensors;
  }

  private static void put(Map<String, Stored> tensors, String name, Stored tensor) {
    TensorInfo info = new TensorInfo(name, tensor.info().type(), tensor.info().shape());
    assertThat(tensors.put(name, new Stored(info, tensor.values()))).as(name).isNull();
  }

  private static void add(Map<String, Stored> tensors, String name, long[] shape) {
    TensorInfo info = new TensorInfo(name, TensorType.F16, shape);
    tensors.put(name, new Stored(info, ByteBuffer.allocate(shape.length < 2 ? 2 : 0)));
  }

  private Path write(Map<String, Stored> tensors) throws IOException {
    Path file = folder.resolve("model.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    tensors
        .values()
        .forEach(
            tensor ->
                writer.add(
                    tensor.info(),
                    out -> SafetensorsWriter.writeFully(tensor.values().duplicate(), out)));
    try (OutputStream out = Files.newOutputStream(file)) {
      writer.writeTo(out);
    }
    return file;
  }

  /** A file of real shapes without values: its length is that of holes. */
  private Path writeHeader(Map<String, Stored> tensors) throws IOException {
    StringBuilder header = new StringBuilder("{");
    long at = 0;
    for (Stored tensor : tensors.values()) {
      TensorInfo info = tensor.info();
      long end = at + info.bytes();
      header
          .append(header.length() == 1 ? "" : ",")
          .append('"')
          .append(info.name())
          .append("\":{\"dtype\":\"F16\",\"shape\":")
          .append(java.util.Arrays.toString(info.shape()))
          .append(",\"data_offsets\":[" + at + "," + end + "]}");
      at = end;
    }
    byte[] json =
        header.append('}').toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    Path file = folder.resolve("header.safetensors");
    try (var channel =
        java.nio.channels.FileChannel.open(
            file,
            java.nio.file.StandardOpenOption.CREATE,
            java.nio.file.StandardOpenOption.WRITE,
            java.nio.file.StandardOpenOption.SPARSE)) {
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      channel.write(length.putLong(json.length).flip());
      channel.write(ByteBuffer.wrap(json));
      channel.write(ByteBuffer.allocate(1), 8 + json.length + at - 1);
    }
    return file;
  }

  private static ModelFolder open(String location) {
    return ModelFolder.open(location, new Configuration(false), Optional.empty());
  }
}
