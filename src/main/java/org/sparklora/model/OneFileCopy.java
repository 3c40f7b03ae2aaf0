package org.sparklora.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.single.OriginalModel;
import org.sparklora.model.single.OriginalTensor;
import org.sparklora.model.single.SingleFile;
import org.sparklora.util.InvalidInputException;

/**
 * A copy of a base model as one safetensors file in the original names, which WebUI, ComfyUI and
 * kohya's scripts open. Types stay those of the base model.
 */
public final class OneFileCopy implements AutoCloseable {
  private final ModelCopy copy;
  private final Map<String, TensorFile> open = new TreeMap<>();
  private final OriginalModel model;
  private final boolean sd2;

  private OneFileCopy(ModelCopy copy) {
    this.copy = copy;
    ModelFolder base = copy.base();
    Map<String, Map<String, TensorInfo>> components = new TreeMap<>();
    for (String component : components(base)) {
      TensorFile file = base.weights(component);
      open.put(component, file);
      components.put(component, file.tensors());
    }
    this.sd2 = isSd2(base);
    this.model = OriginalModel.of(base.location(), components, sd2);
  }

  private static List<String> components(ModelFolder base) {
    List<String> components = new ArrayList<>(List.of(Network.UNET.component(), "vae"));
    ModelFamily.of(base).textEncoders().forEach(text -> components.add(text.component()));
    return components;
  }

  /**
   * Opens a model to be written as one file.
   *
   * @throws InvalidInputException (DATA) when one file cannot hold it: learned tokens, or an
   *     autoencoder of another kind
   */
  public static OneFileCopy of(ModelCopy copy) {
    requireNoTokens(copy);
    return new OneFileCopy(copy);
  }

  private static void requireNoTokens(ModelCopy copy) {
    if (!copy.files().isEmpty()) {
      throw InvalidInputException.data(
          "Cannot write learned tokens into one file: it has no place for the tokenizer's new"
              + " words; write a folder with --output_dir, or leave the tokens' adapter out");
    }
  }

  /** Whether the text encoder is OpenCLIP's, which computes gelu and not CLIP's quick_gelu. */
  private static boolean isSd2(ModelFolder base) {
    boolean clip =
        base.config("text_encoder").path("hidden_act").asText("quick_gelu").equals("quick_gelu");
    return ModelFamily.of(base) == ModelFamily.STABLE_DIFFUSION && !clip;
  }

  /** Writes the file; the stream stays open. */
  public void writeTo(OutputStream out) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    writer.metadata("format", "pt");
    copy.metadata().forEach(writer::metadata);
    for (OriginalTensor tensor : model.tensors()) {
      writer.add(tensor.info(), channel -> writeValues(tensor, channel));
    }
    if (copy.base().hasFile("scheduler/scheduler_config.json")) {
      JsonNode scheduler = copy.base().json("scheduler/scheduler_config.json");
      boolean velocity = scheduler.path("prediction_type").asText("").equals("v_prediction");
      if (velocity) {
        mark(writer, "v_pred");
      }
      if (sd2) {
        writer.metadata(SingleFile.PREDICTION, velocity ? "v" : "epsilon");
      }
      if (scheduler.path("rescale_betas_zero_snr").asBoolean(false)) {
        mark(writer, "ztsnr");
      }
    }
    writer.writeTo(out);
  }

  /**
   * Writes the empty tensors by which NoobAI's trainers, ComfyUI and this program recognise such a
   * model.
   */
  private static void mark(SafetensorsWriter writer, String name) {
    writer.add(name, TensorType.F16, new long[] {0}, ByteBuffer.allocate(0));
  }

  private void writeValues(OriginalTensor tensor, WritableByteChannel out) throws IOException {
    TensorFile file = open.get(tensor.component());
    ChangedWeights weights =
        new ChangedWeights(
            file, copy.changes().getOrDefault(tensor.component(), Map.of()), Map.of());
    for (String part : tensor.parts()) {
      TensorInfo stored = file.tensors().get(part);
      if (tensor.transposed()) {
        writeTransposed(weights, stored, out);
      } else {
        weights.writeValues(stored, out);
      }
    }
  }

  private static void writeTransposed(
      ChangedWeights weights, TensorInfo stored, WritableByteChannel out) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(Math.toIntExact(stored.bytes()));
    weights.writeValues(stored, Channels.newChannel(bytes));
    byte[] rows = bytes.toByteArray();
    int size = stored.type().bytes();
    int height = Math.toIntExact(stored.shape()[0]);
    int width = Math.toIntExact(stored.shape()[1]);
    byte[] columns = new byte[rows.length];
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        int from = (row * width + column) * size;
        System.arraycopy(rows, from, columns, (column * height + row) * size, size);
      }
    }
    SafetensorsWriter.writeFully(ByteBuffer.wrap(columns), out);
  }

  @Override
  public void close() {
    open.values().forEach(TensorFile::close);
  }
}
