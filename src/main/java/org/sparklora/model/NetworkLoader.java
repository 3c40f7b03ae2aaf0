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
import org.sparklora.tensor.MemoryShortage;
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
   * @param attention kernel of the networks' attentions
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

  /** Reads the first text encoder's configuration without its weights. */
  public static ClipTextConfig textEncoderConfig(ModelFolder folder) {
    return textEncoderConfig(folder, Network.TEXT_ENCODER);
  }

  /** Reads a text encoder's configuration without its weights. */
  public static ClipTextConfig textEncoderConfig(ModelFolder folder, Network encoder) {
    boolean projects = encoder == Network.TEXT_ENCODER_2;
    return new ClipTextConfigReader(folder.configReader(encoder.component()), projects).read();
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

  /** Loads the first text encoder. */
  public ClipTextModel textEncoder(Precision precision) {
    return textEncoder(Network.TEXT_ENCODER, precision);
  }

  /** Loads a text encoder. */
  ClipTextModel textEncoder(Network encoder, Precision precision) {
    ClipTextConfig config = textEncoderConfig(folder, encoder);
    return load(encoder.component(), precision, layers -> new ClipTextModel(config, layers));
  }

  /** Loads the model's text encoders, in fp32. */
  public TextEncoders textEncoders() {
    return TextEncoders.load(folder, ops, encoder -> textEncoder(encoder, Precision.FP32));
  }

  /**
   * Loads text encoders that are never trained: they keep their weights in the type of the file and
   * compute in fp32, with the bits of {@link #textEncoders}.
   */
  public TextEncoders frozenTextEncoders() {
    return TextEncoders.load(folder, ops, this::frozenTextEncoder);
  }

  /** Loads the first text encoder as {@link #frozenTextEncoders} does. */
  public ClipTextModel frozenTextEncoder() {
    return frozenTextEncoder(Network.TEXT_ENCODER);
  }

  private ClipTextModel frozenTextEncoder(Network encoder) {
    try (TensorFile file = folder.weights(encoder.component())) {
      return textEncoder(encoder, StoredPrecision.of(file));
    }
  }

  /** The tensors that a component's network needs, from its configuration alone: name to shape. */
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
      case "vae" -> autoencoder(vaeConfig(folder), layers);
      case "text_encoder" -> new ClipTextModel(textEncoderConfig(folder), layers);
      case "text_encoder_2" ->
          new ClipTextModel(textEncoderConfig(folder, Network.TEXT_ENCODER_2), layers);
      default -> throw new IllegalArgumentException("no network: " + component);
    }
  }

  private <N> N load(String component, Precision precision, Function<Layers, N> network) {
    try (TensorFile file = folder.weights(component);
        CheckedWeights weights = new CheckedWeights(ops, file, precision)) {
      N loaded = network.apply(Layers.of(ops, weights, attention));
      weights.finish();
      ops.trimMemory();
      return loaded;
    } catch (RuntimeException e) {
      throw MemoryShortage.explained(
          e,
          "the weights of " + component,
          "--mixed_precision=bf16 or fp16, fewer tasks at a time on the device (spark.task.cpus, or"
              + " spark.task.resource.gpu.amount=1), or a device that nobody else uses");
    }
  }
}
