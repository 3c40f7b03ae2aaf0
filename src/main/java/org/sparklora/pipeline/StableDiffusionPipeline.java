package org.sparklora.pipeline;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.lora.AdaptedModule.Network;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.AdapterStack;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.model.ModelCheck;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.tokenizer.ClipTokenizer;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.schedulers.NoiseSource;
import org.sparklora.schedulers.Scheduler;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.tensor.TorchRandom;
import org.sparklora.util.Findings;
import org.sparklora.util.InvalidInputException;

/**
 * Text to image and image to image, as diffusers' {@code StableDiffusionPipeline} and {@code
 * StableDiffusionImg2ImgPipeline}: the same prompt, seed, scheduler and adapter give the same
 * picture. The noise is what torch draws on a CPU, from one generator a picture.
 */
public final class StableDiffusionPipeline implements AutoCloseable {
  private final Ops ops;
  private final Precision precision;
  private final PromptEncoder text;
  private final UNet2DConditionModel unet;
  private final LatentCodec codec;
  private final JsonNode schedulerConfig;
  private final AdapterStack adapters;

  private StableDiffusionPipeline(
      Ops ops,
      Precision precision,
      ClipTokenizer tokenizer,
      ClipTextModel textEncoder,
      UNet2DConditionModel unet,
      LatentCodec codec,
      JsonNode schedulerConfig) {
    this.ops = ops;
    this.precision = precision;
    this.text = new PromptEncoder(tokenizer, textEncoder);
    this.unet = unet;
    this.codec = codec;
    this.schedulerConfig = schedulerConfig;
    this.adapters =
        new AdapterStack(
            ops, Map.of(Network.UNET, unet.layers(), Network.TEXT_ENCODER, textEncoder.layers()));
  }

  /**
   * Loads a base model; text encoder and autoencoder in fp32.
   *
   * @param ops closed with the pipeline
   * @param precision what the UNet computes in
   * @throws InvalidInputException (DATA) when the model cannot be read or its parts do not fit
   */
  public static StableDiffusionPipeline load(ModelFolder base, Ops ops, Precision precision) {
    return load(base, ops, precision, AttentionKernel.DEFAULT);
  }

  /** As {@link #load(ModelFolder, Ops, Precision)}, with another attention kernel. */
  public static StableDiffusionPipeline load(
      ModelFolder base, Ops ops, Precision precision, AttentionKernel attention) {
    Findings findings = new Findings();
    ModelCheck parts = ModelCheck.of(base, findings);
    findings.throwAll();
    NetworkLoader networks = new NetworkLoader(base, ops, attention);
    LatentCodec codec = new LatentCodec(ops, networks.vae(Precision.FP32));
    UNet2DConditionModel unet = networks.unet(precision);
    return new StableDiffusionPipeline(
        ops,
        precision,
        parts.tokenizer().orElseThrow(),
        networks.textEncoder(Precision.FP32),
        unet,
        codec,
        base.config("scheduler"));
  }

  /**
   * Loads a base model and its adapters on a device, with a library of its own.
   *
   * @throws InvalidInputException (DATA) when a file cannot be read, or an adapter was made for
   *     another base model; (CONFIGURATION) for fp16 on a CPU
   */
  public static StableDiffusionPipeline open(
      PipelineConfig config, Configuration hadoop, Device device) {
    config.precision().requireSupportOn(device);
    ModelConfig model = config.base();
    ModelFolder base = ModelFolder.open(model.location(), hadoop, model.variant());
    Ops ops = Ops.open(device, config.threads());
    try {
      StableDiffusionPipeline pipeline = load(base, ops, config.precision(), config.attention());
      AdapterUse use = config.adapters();
      for (WeightedAdapter adapter : use.adapters()) {
        pipeline.add(
            AdapterFile.read(adapter.location(), hadoop).adapter(),
            adapter.weight() * use.scale(),
            use.fused());
      }
      return pipeline;
    } catch (RuntimeException e) {
      ops.close();
      throw e;
    }
  }

  /** The UNet, to put adapters on. */
  public UNet2DConditionModel unet() {
    return unet;
  }

  /**
   * Adds an adapter to those already there: its modules with a weight, its tokens as they are.
   *
   * @param fused whether to add the update to the networks' weights, which costs nothing a step but
   *     cannot be taken back
   * @throws InvalidInputException (DATA) when it was made for another base model
   */
  public void add(Adapter adapter, double weight, boolean fused) {
    if (fused) {
      adapters.fuse(adapter, weight);
    } else {
      adapters.add(adapter, weight);
    }
    for (LearnedToken token : adapter.tokens()) {
      text.learn(token);
    }
  }

  /** The end of a prompt that is too long for the text encoder, and is not read. */
  public Optional<String> cutOff(String prompt) {
    return text.cutOff(prompt);
  }

  /**
   * Draws pictures at once. Each is a function of its request, the configuration and the starting
   * point; how many are drawn at once may show in its last bits, because libtorch chooses its
   * kernels by the size of a batch (see {@link Generation#batchSize()}).
   */
  public List<BufferedImage> generate(
      List<ImageRequest> requests,
      SamplingConfig config,
      StartingPoint start,
      SamplingListener listener) {
    Sampling sampling = Sampling.of(config, schedulerConfig, start);
    Scheduler scheduler = sampling.scheduler();
    List<TorchRandom> randoms =
        requests.stream().map(request -> new TorchRandom(request.seed())).toList();
    int height = start.height() / codec.downscale();
    int width = start.width() / codec.downscale();
    Shape one = new Shape(1, codec.channels(), height, width);
    int size = Math.toIntExact(one.size());
    NoiseSource noise = (step, length) -> noise(randoms, size);
    float[] sample = firstSample(sampling, start, randoms, size);
    try (NDManager scope = ops.manager().newSubManager()) {
      NDArray context = context(scope, requests, config);
      int steps = scheduler.timesteps().length;
      for (int i = sampling.firstStep(); i < steps; i++) {
        float[] input = scheduler.scaleModelInput(sample, i);
        float[] output =
            predict(input, one, requests.size(), scheduler.timesteps()[i], context, config);
        sample = scheduler.step(output, i, sample, noise);
        listener.onStep(i + 1 - sampling.firstStep(), steps - sampling.firstStep());
      }
    }
    List<BufferedImage> images = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      images.add(codec.decode(Arrays.copyOfRange(sample, i * size, (i + 1) * size), height, width));
    }
    return images;
  }

  private static float[] noise(List<TorchRandom> randoms, int size) {
    float[] all = new float[randoms.size() * size];
    for (int i = 0; i < randoms.size(); i++) {
      System.arraycopy(randoms.get(i).normal(size), 0, all, i * size, size);
    }
    return all;
  }

  private float[] firstSample(
      Sampling sampling, StartingPoint start, List<TorchRandom> randoms, int size) {
    if (start instanceof InitialImage image) {
      float[] latents = new float[randoms.size() * size];
      for (int i = 0; i < randoms.size(); i++) {
        float[] encoded = codec.encode(image, randoms.get(i));
        System.arraycopy(encoded, 0, latents, i * size, size);
      }
      return sampling.scheduler().addNoise(latents, noise(randoms, size), sampling.firstStep());
    }
    float[] sample = noise(randoms, size);
    for (int i = 0; i < sample.length; i++) {
      sample[i] *= (float) sampling.scheduler().initNoiseSigma();
    }
    return sample;
  }

  /** Of the negative prompts the whole text encoder, whatever clip skip says: so diffusers. */
  private NDArray context(NDManager scope, List<ImageRequest> requests, SamplingConfig config) {
    List<String> prompts = requests.stream().map(ImageRequest::prompt).toList();
    NDArray context = text.encode(scope, prompts, config.clipSkip());
    if (asksTwice(config)) {
      List<String> negatives = requests.stream().map(ImageRequest::negativePrompt).toList();
      List<NDArray> both = List.of(text.encode(scope, negatives, 0), context);
      context = ops.call(scope, "concatenate", Ops.of(both));
    }
    return ops.cast(scope, context, precision);
  }

  /** Whether the model is asked with the prompt and without: one that takes the scale is not. */
  private boolean asksTwice(SamplingConfig config) {
    return config.isGuided() && !unet.config().takesGuidance();
  }

  private float[] predict(
      float[] input,
      Shape one,
      int images,
      float timestep,
      NDArray context,
      SamplingConfig config) {
    int rows = asksTwice(config) ? 2 * images : images;
    float[] repeated = Arrays.copyOf(input, rows * input.length / images);
    if (asksTwice(config)) {
      System.arraycopy(input, 0, repeated, input.length, input.length);
    }
    float[] timesteps = new float[rows];
    Arrays.fill(timesteps, timestep);
    try (NDManager scope = ops.manager().newSubManager()) {
      Shape shape = new Shape(rows, one.get(1), one.get(2), one.get(3));
      NDArray sample = ops.cast(scope, scope.create(repeated, shape), precision);
      NDArray times = scope.create(timesteps);
      NDArray out =
          unet.config().takesGuidance()
              ? unet.guided(scope, sample, times, context, config.guidanceScale())
              : unet.forward(scope, sample, times, context);
      float[] values = ops.toFp32(scope, out).toFloatArray();
      return asksTwice(config)
          ? new Guidance(config.guidanceScale(), config.guidanceRescale()).apply(values, images)
          : values;
    }
  }

  /** Closes the library that the networks live in. */
  @Override
  public void close() {
    ops.close();
  }
}
