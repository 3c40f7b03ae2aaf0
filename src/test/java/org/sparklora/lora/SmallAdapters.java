package org.sparklora.lora;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.model.Network;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFloats;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.folder.ModelFolder;

/** Adapters of random numbers for a base model, as large as trained ones. */
public final class SmallAdapters {
  /** The embedded base model: fp16, one file for each component. */
  public static final Path BASE = Path.of("src/quickstart/base-model");

  private SmallAdapters() {}

  public static ModelFolder base() {
    return ModelFolder.open(BASE.toString(), new Configuration(false), Optional.empty());
  }

  /**
   * An adapter for {@link #base()}: attention of both networks, and a few convolutions.
   *
   * @param rank of linear layers; convolutions have twice it
   */
  public static Adapter random(int rank, double alpha, long seed) {
    Random random = new Random(seed);
    List<AdaptedModule> modules = new ArrayList<>();
    try (TensorFile unet = base().weights("unet");
        TensorFile text = base().weights("text_encoder")) {
      add(modules, Network.UNET, unet, ".*\\.to_(q|k|v|out\\.0)\\.weight", rank, alpha, random);
      add(modules, Network.UNET, unet, ".*resnets\\.0\\.conv1\\.weight", 2 * rank, alpha, random);
      add(modules, Network.UNET, unet, ".*\\.proj_in\\.weight", 2 * rank, alpha, random);
      add(modules, Network.TEXT_ENCODER, text, ".*\\.(q|out)_proj\\.weight", rank, alpha, random);
    }
    return new Adapter(modules, List.of(), Map.of("base_model", "emoji"));
  }

  /** The same as DoRA: the lengths of the base model's rows, changed a little. */
  public static Adapter dora(Adapter adapter, long seed) {
    Random random = new Random(seed);
    try (TensorFile unet = base().weights("unet");
        TensorFile text = base().weights("text_encoder")) {
      return new Adapter(
          adapter.modules().stream()
              .map(
                  m ->
                      m.withMagnitude(
                          lengths(m.network() == Network.UNET ? unet : text, m, random)))
              .toList(),
          adapter.tokens(),
          adapter.metadata());
    }
  }

  private static float[] lengths(TensorFile file, AdaptedModule module, Random random) {
    float[] weight = TensorFloats.read(file, module.name() + ".weight");
    float[] lengths = new float[Math.toIntExact(module.upShape()[0])];
    int inputs = weight.length / lengths.length;
    for (int i = 0; i < lengths.length; i++) {
      double squares = 0;
      for (int j = i * inputs; j < (i + 1) * inputs; j++) {
        squares += (double) weight[j] * weight[j];
      }
      lengths[i] = (float) (Math.sqrt(squares) * (1 + 0.2 * random.nextGaussian()));
    }
    return lengths;
  }

  private static void add(
      List<AdaptedModule> modules,
      Network network,
      TensorFile file,
      String pattern,
      int rank,
      double alpha,
      Random random) {
    for (TensorInfo weight : file.tensors().values()) {
      if (weight.name().matches(pattern)) {
        long[] down = weight.shape().clone();
        down[0] = rank;
        long[] up = down.length == 2 ? new long[2] : new long[] {0, 0, 1, 1};
        up[0] = weight.shape()[0];
        up[1] = rank;
        int inputs = Math.toIntExact(weight.elements() / up[0]);
        modules.add(
            new AdaptedModule(
                network,
                weight.name().replaceFirst("\\.weight$", ""),
                down,
                normals(random, rank * inputs, 0.1),
                up,
                normals(random, Math.toIntExact(up[0]) * rank, 0.05),
                alpha));
      }
    }
  }

  private static float[] normals(Random random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }
}
