package org.sparklora.pipeline;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.folder.ModelFolder;

/** Adapters that change a picture without training. */
public final class RandomAdapter {
  private RandomAdapter() {}

  /**
   * Writes an adapter on the UNet's and the text encoders' layers whose names have a part.
   *
   * @return the file
   */
  static String write(String base, Path file, String part, int rank, double alpha)
      throws IOException {
    return write(base, file, part, rank, alpha, Map.of());
  }

  /** The same, with metadata. */
  public static String write(
      String base, Path file, String part, int rank, double alpha, Map<String, String> metadata)
      throws IOException {
    ModelFolder folder = ModelFolder.open(base, new Configuration(false), Optional.empty());
    List<AdaptedModule> modules = new ArrayList<>();
    List<Network> networks = new ArrayList<>(ModelFamily.of(folder).textEncoders());
    networks.add(0, Network.UNET);
    for (Network network : networks) {
      try (TensorFile weights = folder.weights(network.component())) {
        new TreeMap<>(weights.tensors())
            .forEach(
                (name, tensor) -> {
                  long[] shape = tensor.shape();
                  if (name.contains(part) && name.endsWith(".weight") && shape.length > 1) {
                    String module = name.replaceFirst("\\.weight$", "");
                    modules.add(module(network, module, shape, rank, alpha));
                  }
                });
      }
    }
    AdapterFormat.DIFFUSERS.write(new Adapter(modules, List.of(), metadata), file);
    return file.toString();
  }

  private static AdaptedModule module(
      Network network, String name, long[] weight, int rank, double alpha) {
    long[] down = weight.clone();
    down[0] = rank;
    long[] up = weight.clone();
    up[1] = rank;
    for (int i = 2; i < up.length; i++) {
      up[i] = 1;
    }
    int in = Math.toIntExact(size(down));
    int out = Math.toIntExact(size(up));
    return new AdaptedModule(
        network,
        name,
        down,
        normal(in, Math.sqrt((double) rank / in), name.hashCode()),
        up,
        normal(out, 0.1, name.hashCode() + 1L),
        alpha);
  }

  private static long size(long[] shape) {
    long size = 1;
    for (long side : shape) {
      size *= side;
    }
    return size;
  }

  /** Writes a textual-inversion embedding as diffusers reads it. */
  static void writeToken(Path file, String token, float[][] vectors) throws IOException {
    float[] flat = new float[vectors.length * vectors[0].length];
    for (int i = 0; i < vectors.length; i++) {
      System.arraycopy(vectors[i], 0, flat, i * vectors[i].length, vectors[i].length);
    }
    SafetensorsWriter writer = new SafetensorsWriter();
    writer.add(token, new long[] {vectors.length, vectors[0].length}, flat);
    try (OutputStream out = Files.newOutputStream(file)) {
      writer.writeTo(out);
    }
  }

  static float[] normal(int length, double deviation, long seed) {
    Random random = new Random(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }
}
