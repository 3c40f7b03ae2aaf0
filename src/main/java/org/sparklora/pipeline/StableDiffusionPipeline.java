package org.sparklora.pipeline;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.combine.AdapterStack;
import org.sparklora.lora.combine.RelativeChanges;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.model.CaptionTokenizer;
import org.sparklora.model.ModelCheck;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.TextEncoders;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.Layer;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.nn.unet.AddedConditions;
import org.sparklora.nn.unet.Conditions;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.pipeline.request.AdapterUse;
import org.sparklora.pipeline.request.Generation;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.pipeline.request.ImageSize;
import org.sparklora.pipeline.request.InitialImage;
import org.sparklora.pipeline.request.PipelineConfig;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.pipeline.request.StartingPoint;
import org.sparklora.pipeline.request.WeightedAdapter;
import org.sparklora.schedulers.NoiseSource;
import org.sparklora.schedulers.Scheduler;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.tensor.TorchRandom;
import org.sparklora.util.Findings;
import org.sparklora.util.InvalidInputException;

/**
 * Text to image and image to image, as diffusers' {@code StableDiffusionPipeline}, {@code
 * StableDiffusionXLPipeline} and their {@code Img2Img} pipelines: the same prompt, seed, scheduler
 * and adapter give the same picture. The noise is the one that torch draws on a CPU, with one
 * generator for each picture.
 */
public final class StableDiffusionPipeline implements AutoCloseable {
  private static final String INDEX = "model_index.json";

  private final Ops ops;
  private final Precision precision;
  private final PromptEncoder text;
  private final UNet2DConditionModel unet;
  private final LatentCodec codec;
  private final JsonNode schedulerConfig;
  private final boolean forcesZeros;
  private final ModelFamily family;
  private final AdapterStack adapters;
  private final RelativeChanges relative;

  private StableDiffusionPipeline(
      Ops ops,
      Precision precision,
      CaptionTokenizer tokenizer,
      TextEncoders textEncoders,
      UNet2DConditionModel unet,
      LatentCodec codec,
      ModelFolder base) {
    this.ops = ops;
    this.precision = precision;
    this.text = new PromptEncoder(tokenizer, textEncoders);
    this.unet = unet;
    this.codec = codec;
    this.schedulerConfig = base.config("scheduler");
    this.family = textEncoders.family();
    this.forcesZeros = family.hasAddedConditions() && forcesZeros(base);
    Map<Network, Map<String, Layer>> layers = new EnumMap<>(textEncoders.layers());
    layers.put(Network.UNET, unet.layers());
    this.adapters = new AdapterStack(ops, layers);
    this.relative = new RelativeChanges(base);
  }

  /** Reads {@code force_zeros_for_empty_prompt}, which is true if the file does not have it. */
  private static boolean forcesZeros(ModelFolder base) {
    return !base.hasFile(INDEX)
        || base.json(INDEX).path("force_zeros_for_empty_prompt").asBoolean(true);
  }

  /**
   * Loads a base model; text encoder and autoencoder in fp32.
   *
   * @param ops closed with the pipeline
   * @param precision type that the UNet computes in
   * @throws InvalidInputException (DATA) when the model cannot be read or its parts do not fit
   */
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
        networks.textEncoders(),
        unet,
        codec,
        base);
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
    ModelFolder base = model.open(hadoop);
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
   * Adds an adapter to those already there. Its modules get a weight, its tokens do not.
   *
   * @param fused whether to add the update to the networks' weights, which costs nothing a step but
   *     cannot be undone
   * @throws InvalidInputException (DATA) when it was made for another base model
   */
  public void add(Adapter adapter, double weight, boolean fused) {
    relative.requireFit(adapter);
    put(adapter, weight, fused);
    relative.each(
        adapter, module -> put(new Adapter(List.of(module), List.of(), Map.of()), weight, fused));
    for (LearnedToken token : adapter.tokens()) {
      text.learn(token);
    }
  }

  private void put(Adapter adapter, double weight, boolean fused) {
    if (fused) {
      adapters.fuse(adapter, weight);
    } else {
      adapters.add(adapter, weight);
    }
  }

  /** The end of a prompt that is too long for the text encoder, and is not read. */
  public Optional<String> cutOff(String prompt) {
    return text.cutOff(prompt);
  }

  /**
   * Draws pictures together. Each is a function of its request, the configuration and the starting
   * point. The number of pictures drawn together may change the last bits, because libtorch chooses
   * its kernels by the size of a batch (see {@link Generation#batchSize()}).
   */
  public List<BufferedImage> generate(
      List<ImageRequest> requests,
      SamplingConfig config,
      StartingPoint start,
      SamplingListener listener) {
    try {
      return generateAll(requests, config, start, listener);
    } catch (RuntimeException e) {
      throw DrawingMemory.explained(e, requests.size(), start);
    }
  }

  private List<BufferedImage> generateAll(
      List<ImageRequest> requests,
      SamplingConfig config,
      StartingPoint start,
      SamplingListener listener) {
    Sampling sampling = Sampling.of(config, schedulerConfig, family, start);
    List<TorchRandom> randoms =
        requests.stream().map(request -> new TorchRandom(request.seed())).toList();
    int size = Math.toIntExact(latents(start).size());
    float[] first = firstSample(sampling, start, randoms, size);
    NoiseSource noise = (step, length) -> noise(randoms, size);
    Denoising denoising = new Denoising(sampling, config, noise, listener);
    float[] sample = denoise(denoising, requests, start, first);
    List<BufferedImage> images = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      images.add(decode(Arrays.copyOfRange(sample, i * size, (i + 1) * size), start));
    }
    return images;
  }

  /**
   * A drawn picture.
   *
   * @param latents what the autoencoder decoded, {@code float[channels * height / f * width / f]},
   *     scaled for the UNet
   */
  public record Drawing(float[] latents, BufferedImage picture) {}

  /**
   * Draws a picture from given noise, with a scheduler that draws none. It can be compared with a
   * reference run.
   *
   * @param noise with standard deviation 1, in the shape of the latents
   */
  public Drawing drawFrom(
      float[] noise, ImageRequest request, SamplingConfig config, ImageSize size) {
    Sampling sampling = Sampling.of(config, schedulerConfig, family, size);
    Denoising denoising = new Denoising(sampling, config, NoiseSource.none(), (step, steps) -> {});
    float[] latents =
        denoise(denoising, List.of(request), size, scaled(sampling.scheduler(), noise.clone()));
    return new Drawing(latents, decode(latents, size));
  }

  private record Denoising(
      Sampling sampling, SamplingConfig config, NoiseSource noise, SamplingListener listener) {}

  private Shape latents(StartingPoint start) {
    return new Shape(
        1, codec.channels(), start.height() / codec.downscale(), start.width() / codec.downscale());
  }

  private BufferedImage decode(float[] latents, StartingPoint start) {
    return codec.decode(
        latents, start.height() / codec.downscale(), start.width() / codec.downscale());
  }

  private float[] denoise(
      Denoising how, List<ImageRequest> requests, StartingPoint start, float[] first) {
    Scheduler scheduler = how.sampling().scheduler();
    SamplingConfig config = how.config();
    int begin = how.sampling().firstStep();
    int steps = scheduler.timesteps().length;
    float[] sample = first;
    try (NDManager scope = ops.manager().newSubManager()) {
      Conditions conditions = conditions(scope, requests, config, start);
      for (int i = begin; i < steps; i++) {
        float[] input = scheduler.scaleModelInput(sample, i);
        float timestep = scheduler.timesteps()[i];
        float[] output =
            predict(input, latents(start), requests.size(), timestep, conditions, config);
        sample = scheduler.step(output, i, sample, how.noise());
        how.listener().onStep(i + 1 - begin, steps - begin);
      }
    }
    return sample;
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
    return scaled(sampling.scheduler(), noise(randoms, size));
  }

  private static float[] scaled(Scheduler scheduler, float[] sample) {
    for (int i = 0; i < sample.length; i++) {
      sample[i] *= (float) scheduler.initNoiseSigma();
    }
    return sample;
  }

  private Conditions conditions(
      NDManager scope, List<ImageRequest> requests, SamplingConfig config, StartingPoint start) {
    EncodedText told = texts(scope, requests, config);
    NDArray context = ops.cast(scope, told.states(), precision);
    return new Conditions(
        context,
        told.pooled()
            .map(
                pooled ->
                    new AddedConditions(
                        ops.cast(scope, pooled, precision),
                        timeIds(scope, config.xl().timeIds(start), pooled.getShape().get(0)))));
  }

  private static NDArray timeIds(NDManager scope, float[] ids, long rows) {
    float[] all = new float[Math.toIntExact(rows * ids.length)];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(ids, 0, all, row * ids.length, ids.length);
    }
    return scope.create(all, new Shape(rows, ids.length));
  }

  /**
   * Encodes the prompts. For negative prompts the whole text encoder is used, whatever clip skip
   * is, as in diffusers.
   */
  private EncodedText texts(NDManager scope, List<ImageRequest> requests, SamplingConfig config) {
    List<String> prompts = requests.stream().map(ImageRequest::prompt).toList();
    boolean weighted = config.reading().weighted();
    EncodedText wanted =
        weighted
            ? text.encodeWeighted(scope, prompts, config.clipSkip())
            : text.encode(scope, prompts, config.xl().prompt2(), config.clipSkip());
    if (!asksTwice(config)) {
      return wanted;
    }
    EncodedText unwanted =
        weighted
            ? text.encodeWeighted(
                scope, requests.stream().map(ImageRequest::negativePrompt).toList(), 0)
            : negatives(scope, requests, config.xl().negativePrompt2());
    return new EncodedText(
        ops.call(scope, "concatenate", Ops.of(List.of(unwanted.states(), wanted.states()))),
        wanted
            .pooled()
            .map(
                pooled ->
                    ops.call(
                        scope,
                        "concatenate",
                        Ops.of(List.of(unwanted.pooled().orElseThrow(), pooled)))));
  }

  /**
   * Encodes the negative prompts. If the model's configuration asks for it and no second negative
   * prompt is given, the states of empty negative prompts become zeros.
   */
  private EncodedText negatives(NDManager scope, List<ImageRequest> requests, String second) {
    List<String> negatives = requests.stream().map(ImageRequest::negativePrompt).toList();
    EncodedText encoded = text.encode(scope, negatives, second, 0);
    if (!forcesZeros || !second.isEmpty()) {
      return encoded;
    }
    float[] given = new float[negatives.size()];
    for (int row = 0; row < given.length; row++) {
      given[row] = negatives.get(row).isEmpty() ? 0 : 1;
    }
    NDArray pooled = encoded.pooled().orElseThrow();
    return new EncodedText(
        encoded.states().mul(scope.create(given, new Shape(given.length, 1, 1))),
        Optional.of(pooled.mul(scope.create(given, new Shape(given.length, 1)))));
  }

  /**
   * Whether the model is called with and without the prompt. A model that takes the scale as an
   * input is called once.
   */
  private boolean asksTwice(SamplingConfig config) {
    return config.isGuided() && !unet.config().takesGuidance();
  }

  private float[] predict(
      float[] input,
      Shape one,
      int images,
      float timestep,
      Conditions conditions,
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
              ? unet.guided(scope, sample, times, conditions, config.guidanceScale())
              : unet.forward(scope, sample, times, conditions);
      float[] values = ops.toFp32(scope, out).toFloatArray();
      return asksTwice(config)
          ? new Guidance(config.guidanceScale(), config.guidanceRescale()).apply(values, images)
          : values;
    }
  }

  /** Closes the op library that owns the networks. */
  @Override
  public void close() {
    ops.close();
  }
}
