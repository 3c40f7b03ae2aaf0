package org.sparklora.model;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.StoredNumbers;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.folder.ModelFolder;

/**
 * Makes a base model with random weights from its configurations alone, for measurements.
 * Computations take as long as with real weights.
 */
public final class RandomModel {
  private static final int TABLE = 1 << 16;
  private static final List<String> COMPONENTS =
      List.of("unet", "vae", "text_encoder", "text_encoder_2");

  private RandomModel() {}

  /** Whether a folder holds configurations without weights. */
  public static boolean isNeeded(ModelFolder folder) {
    return folder.has("unet")
        && folder.list("unet").stream()
            .noneMatch(name -> name.endsWith(".safetensors") || name.endsWith(".bin"));
  }

  /**
   * Writes a model folder.
   *
   * @param layout a local folder with configurations and tokenizer
   * @param type BF16 or F32
   */
  public static void write(Path layout, Path to, TensorType type) throws IOException {
    copy(layout, to);
    ModelFolder folder =
        ModelFolder.open(to.toUri().toString(), new Configuration(), Optional.empty());
    for (String component : COMPONENTS) {
      if (!folder.has(component)) {
        continue;
      }
      String name = component.startsWith("text_encoder") ? "model" : "diffusion_pytorch_model";
      Path file = to.resolve(component).resolve(name + ".safetensors");
      write(NetworkLoader.shapes(folder, component), file, type);
    }
  }

  private static void copy(Path layout, Path to) throws IOException {
    List<Path> files;
    try (var found = Files.walk(layout)) {
      files = found.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      Path copy = to.resolve(layout.relativize(file).toString());
      Files.createDirectories(copy.getParent());
      Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void write(Map<String, long[]> shapes, Path file, TensorType type)
      throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    shapes.forEach(
        (name, shape) -> {
          TensorInfo info = new TensorInfo(name, type, shape);
          writer.add(info, out -> values(info, out));
        });
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      writer.writeTo(out);
    }
  }

  /**
   * Writes random values: weights from N(0, 1 / inputs), norms about 1, biases about 0. They are
   * taken from one table of random numbers, again and again.
   */
  private static void values(TensorInfo info, WritableByteChannel out) throws IOException {
    boolean weight = info.name().endsWith(".weight");
    boolean norm = weight && info.shape().length == 1;
    double scale = norm || !weight ? 0.1 : Math.sqrt(info.shape()[0] / (double) info.elements());
    Random random = new Random(info.name().hashCode());
    ByteBuffer table =
        ByteBuffer.allocate(TABLE * info.type().bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < TABLE; i++) {
      StoredNumbers.write(info.type(), (norm ? 1 : 0) + scale * random.nextGaussian(), table);
    }
    table.flip();
    for (long left = info.bytes(); left > 0; left -= table.capacity()) {
      table.clear().limit((int) Math.min(left, table.capacity()));
      out.write(table);
    }
  }
}
