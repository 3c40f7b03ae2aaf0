package org.sparklora.model;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.Layers;
import org.sparklora.nn.Weights;
import org.sparklora.nn.text.ClipTextConfig;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.nn.unet.UNetConfig;
import org.sparklora.nn.vae.Autoencoder;
import org.sparklora.nn.vae.AutoencoderConfig;
import org.sparklora.nn.vae.AutoencoderKL;
import org.sparklora.nn.vae.AutoencoderKLConfig;
import org.sparklora.nn.vae.AutoencoderTiny;
import org.sparklora.nn.vae.AutoencoderTinyConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** Builds the networks of a base model on a device. */
public final class NetworkLoader {
  private final ModelFolder folder;
  private final Ops ops;
  private final AttentionKernel attention;

  public NetworkLoader(ModelFolder folder, Ops ops) {
    this(folder, ops, AttentionKernel.DEFAULT);
  }

  /**
   * As {@link #NetworkLoader(ModelFolder, Ops)}, with another attention kernel.
   *
   * @param attention what the networks' attentions are computed with
   */
  public NetworkLoader(ModelFolder folder, Ops ops, AttentionKernel attention) {
    this.folder = folder;
    this.ops = ops;
    this.attention = attention;
  }

  /**
   * Reads the UNet's configuration without its weights.
   *
   * @throws org.sparklora.util.InvalidInputException (DATA) naming every field that is not
   *     supported
   */
  public static UNetConfig unetConfig(ModelFolder folder) {
    return new UNetConfigReader(folder.configReader("unet")).read();
  }

  /** Reads the text encoder's configuration without its weights. */
  public static ClipTextConfig textEncoderConfig(ModelFolder folder) {
    return new ClipTextConfigReader(folder.configReader("text_encoder")).read();
  }

  /** Reads the autoencoder's configuration without its weights. */
  public static AutoencoderConfig vaeConfig(ModelFolder folder) {
    return new AutoencoderConfigReader(folder.configReader("vae")).read();
  }

  /**
   * Loads the UNet.
   *
   * @throws org.sparklora.util.InvalidInputException (DATA) when configuration or weights do not
   *     fit
   */
  public UNet2DConditionModel unet(Precision precision) {
    UNetConfig config = unetConfig(folder);
    return load("unet", precision, layers -> new UNet2DConditionModel(config, layers));
  }

  /** Loads the autoencoder, of either class. */
  public Autoencoder vae(Precision precision) {
    AutoencoderConfig config = vaeConfig(folder);
    return load("vae", precision, layers -> autoencoder(config, layers));
  }

  private static Autoencoder autoencoder(AutoencoderConfig config, Layers layers) {
    return config instanceof AutoencoderTinyConfig tiny
        ? new AutoencoderTiny(tiny, layers)
        : new AutoencoderKL((AutoencoderKLConfig) config, layers);
  }

  /** Loads the text encoder. */
  public ClipTextModel textEncoder(Precision precision) {
    ClipTextConfig config = textEncoderConfig(folder);
    return load("text_encoder", precision, layers -> new ClipTextModel(config, layers));
  }

  /**
   * Loads a text encoder that is never trained: it keeps its weights in the type of the file and
   * computes in fp32, with the bits of {@link #textEncoder} in fp32.
   */
  public ClipTextModel frozenTextEncoder() {
    try (TensorFile file = folder.weights("text_encoder")) {
      return textEncoder(StoredPrecision.of(file));
    }
  }

  /** The tensors a component's network takes, by its configuration alone: name to shape. */
  static Map<String, long[]> shapes(ModelFolder folder, String component) {
    TreeMap<String, long[]> shapes = new TreeMap<>();
    Ops ops = Ops.unloaded();
    build(
        folder,
        component,
        (name, shape) -> {
          shapes.put(name, shape.clone());
          return ops.none();
        },
        ops);
    return shapes;
  }

  /**
   * Looks for a component's tensors in the headers of its weight files.
   *
   * @throws org.sparklora.util.InvalidInputException (DATA) when configuration or weights do not
   *     fit
   */
  static void checkFit(ModelFolder folder, String component) {
    try (TensorFile file = folder.weights(component)) {
      TensorFit fit = new TensorFit(file);
      Ops ops = Ops.unloaded();
      build(
          folder,
          component,
          (name, shape) -> {
            fit.find(name, shape);
            return ops.none();
          },
          ops);
      fit.finish();
    }
  }

  private static void build(ModelFolder folder, String component, Weights weights, Ops ops) {
    Layers layers = Layers.of(ops, weights, new AttentionKernel.Plain());
    switch (component) {
      case "unet" -> new UNet2DConditionModel(unetConfig(folder), layers);
      case "text_encoder" -> new ClipTextModel(textEncoderConfig(folder), layers);
      default -> autoencoder(vaeConfig(folder), layers);
    }
  }

  private <N> N load(String component, Precision precision, Function<Layers, N> network) {
    try (TensorFile file = folder.weights(component);
        CheckedWeights weights = new CheckedWeights(ops, file, precision)) {
      N loaded = network.apply(Layers.of(ops, weights, attention));
      weights.finish();
      ops.trimMemory();
      return loaded;
    }
  }
}
