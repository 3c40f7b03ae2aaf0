package org.sparklora.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.folder.ModelFolder;

/** The tensors of a whole model in the original names, written by counting blocks. */
final class OneFileTensors {
  private static final String CLIP_OF_SD2 = "cond_stage_model.model.";

  private final Map<String, Stored> tensors = new LinkedHashMap<>();

  /** A stored tensor of the file that is written. */
  record Stored(TensorInfo info, ByteBuffer values) {}

  /** The tensors of a folder; those of SD 2.x without the layer that no folder has. */
  static OneFileTensors of(ModelFolder model, String name) {
    OneFileTensors file = new OneFileTensors();
    boolean xl = name.equals("sdxl");
    int layers = model.config("unet").path("layers_per_block").asInt();
    int vae = model.config("vae").path("block_out_channels").size();
    OriginalNames names = new OriginalNames(layers, vae, xl);
    stored(model, "unet").forEach((n, t) -> file.put("model.diffusion_model." + names.unet(n), t));
    stored(model, "vae")
        .forEach((n, t) -> file.put("first_stage_model." + names.vae(n), asKernel(n, t)));
    String clip = xl ? "conditioner.embedders.0.transformer." : "cond_stage_model.transformer.";
    Map<String, Stored> text = stored(model, "text_encoder");
    if (name.equals("sd2")) {
      file.openClip(text, CLIP_OF_SD2);
    } else {
      text.forEach((n, t) -> file.put(clip + n, t));
    }
    if (xl) {
      file.openClip(stored(model, "text_encoder_2"), "conditioner.embedders.1.model.");
    }
    return file;
  }

  /** Names and shapes alone, of the configurations of a published model. */
  static OneFileTensors ofShapes(ModelFolder layout, String name) {
    OneFileTensors file = new OneFileTensors();
    boolean xl = name.equals("sdxl");
    OriginalNames names = new OriginalNames(2, 4, xl);
    NetworkLoader.shapes(layout, "unet")
        .forEach((n, shape) -> file.add("model.diffusion_model." + names.unet(n), shape));
    NetworkLoader.shapes(layout, "vae")
        .forEach((n, shape) -> file.add("first_stage_model." + names.vae(n), shape));
    Map<String, long[]> text = NetworkLoader.shapes(layout, "text_encoder");
    String clip = xl ? "conditioner.embedders.0.transformer." : "cond_stage_model.transformer.";
    if (name.equals("sd2")) {
      file.openClipShapes(text, CLIP_OF_SD2, 23, 1024);
    } else {
      text.forEach((n, shape) -> file.add(clip + n, shape));
    }
    if (xl) {
      String second = "conditioner.embedders.1.model.";
      file.openClipShapes(NetworkLoader.shapes(layout, "text_encoder_2"), second, 32, 1280);
      file.add(second + "text_projection", 1280, 1280);
      file.add(second + "logit_scale");
    }
    return file;
  }

  /** The last layer of SD 2.x's text encoder, which is not read, and what follows it. */
  OneFileTensors withUnreadLayer(int layer, int width) {
    String block = CLIP_OF_SD2 + "transformer.resblocks." + layer + ".";
    add(block + "attn.in_proj_weight", 3L * width, width);
    add(block + "attn.in_proj_bias", 3L * width);
    add(block + "mlp.c_fc.weight", 4L * width, width);
    add(block + "ln_1.weight", width);
    add(CLIP_OF_SD2 + "text_projection", width, width);
    add(CLIP_OF_SD2 + "logit_scale");
    return this;
  }

  Map<String, Stored> tensors() {
    return tensors;
  }

  /** Adds a tensor of zeros. */
  void add(String name, long... shape) {
    TensorInfo info = new TensorInfo(name, TensorType.F16, shape);
    tensors.put(name, new Stored(info, null));
  }

  private void put(String name, Stored tensor) {
    TensorInfo info = new TensorInfo(name, tensor.info().type(), tensor.info().shape());
    assertThat(tensors.put(name, new Stored(info, tensor.values()))).as(name).isNull();
  }

  private void openClipShapes(Map<String, long[]> shapes, String prefix, int layers, int width) {
    OriginalNames.openClip(layers).forEach((from, to) -> add(prefix + to, shapes.get(from)));
    for (int i = 0; i < layers; i++) {
      String layer = prefix + "transformer.resblocks." + i + ".attn.in_proj_";
      add(layer + "weight", 3L * width, width);
      add(layer + "bias", 3L * width);
    }
  }

  private void openClip(Map<String, Stored> text, String prefix) {
    int layers = 0;
    while (text.containsKey("text_model.encoder.layers." + layers + ".mlp.fc1.bias")) {
      layers++;
    }
    OriginalNames.openClip(layers).forEach((from, to) -> put(prefix + to, text.get(from)));
    for (int i = 0; i < layers; i++) {
      for (String part : List.of("weight", "bias")) {
        String self = "text_model.encoder.layers." + i + ".self_attn.";
        put(
            prefix + "transformer.resblocks." + i + ".attn.in_proj_" + part,
            joined(
                text.get(self + "q_proj." + part),
                text.get(self + "k_proj." + part),
                text.get(self + "v_proj." + part)));
      }
    }
    if (text.containsKey("text_projection.weight")) {
      put(prefix + "text_projection", transposed(text.get("text_projection.weight")));
    }
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

  /** Writes the file with its values. */
  Path write(Path file) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    tensors.values().forEach(tensor -> writer.add(tensor.info(), out -> writeValues(tensor, out)));
    try (OutputStream out = Files.newOutputStream(file)) {
      writer.writeTo(out);
    }
    return file;
  }

  private static void writeValues(Stored tensor, WritableByteChannel out) throws IOException {
    ByteBuffer zeros =
        ByteBuffer.allocate(tensor.values() == null ? (int) tensor.info().bytes() : 0);
    SafetensorsWriter.writeFully(
        tensor.values() == null ? zeros : tensor.values().duplicate(), out);
  }

  /**
   * Writes a file without values: its length is that of holes.
   *
   * @param metadata a JSON object
   */
  Path writeHeader(Path file, String metadata) throws IOException {
    StringBuilder header = new StringBuilder("{\"__metadata__\":" + metadata);
    long at = 0;
    for (Stored tensor : tensors.values()) {
      TensorInfo info = tensor.info();
      long end = at + info.bytes();
      header
          .append(",\"" + info.name())
          .append("\":{\"dtype\":\"F16\",\"shape\":" + Arrays.toString(info.shape()))
          .append(",\"data_offsets\":[" + at + "," + end + "]}");
      at = end;
    }
    byte[] json = header.append('}').toString().getBytes(StandardCharsets.US_ASCII);
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      channel.write(length.putLong(json.length).flip());
      channel.write(ByteBuffer.wrap(json));
      channel.write(ByteBuffer.allocate(1), 8 + json.length + at - 1);
    }
    return file;
  }
}
