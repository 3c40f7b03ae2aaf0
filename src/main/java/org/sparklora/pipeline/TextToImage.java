package org.sparklora.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import org.sparklora.model.ClipTokenizer;
import org.sparklora.model.ModelFolder;
import org.sparklora.model.NetworkLoader;
import org.sparklora.nn.Autoencoder;
import org.sparklora.nn.ClipTextModel;
import org.sparklora.nn.UNet2DConditionModel;
import org.sparklora.schedulers.NoiseSource;
import org.sparklora.schedulers.Scheduler;
import org.sparklora.schedulers.Schedulers;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** Pictures from text with classifier-free guidance (Ho & Salimans 2022, arXiv 2207.12598). */
public final class TextToImage {
  private static final String SAMPLER = "DPMSolverMultistepScheduler";

  /**
   * How a picture is drawn.
   *
   * @param height in pixels
   * @param width in pixels
   * @param guidanceScale how much further from the negative prompt than the prompt alone would go
   */
  public record Settings(int height, int width, int steps, double guidanceScale) {}

  private final Ops ops;
  private final Precision precision;
  private final ClipTokenizer tokenizer;
  private final ClipTextModel textEncoder;
  private final UNet2DConditionModel unet;
  private final Autoencoder vae;
  private final JsonNode schedulerConfig;

  private TextToImage(
      Ops ops,
      Precision precision,
      ClipTokenizer tokenizer,
      ClipTextModel textEncoder,
      UNet2DConditionModel unet,
      Autoencoder vae,
      JsonNode schedulerConfig) {
    this.ops = ops;
    this.precision = precision;
    this.tokenizer = tokenizer;
    this.textEncoder = textEncoder;
    this.unet = unet;
    this.vae = vae;
    this.schedulerConfig = schedulerConfig;
  }

  /**
   * Loads a base model; text encoder and autoencoder in fp32.
   *
   * @param precision what the UNet computes in
   */
  public static TextToImage load(ModelFolder base, Ops ops, Precision precision) {
    NetworkLoader networks = new NetworkLoader(base, ops);
    return new TextToImage(
        ops,
        precision,
        ClipTokenizer.load(base),
        networks.textEncoder(Precision.FP32),
        networks.unet(precision),
        networks.vae(Precision.FP32),
        base.config("scheduler"));
  }

  /** The UNet, to put adapters on. */
  public UNet2DConditionModel unet() {
    return unet;
  }

  /** Draws a picture; a function of the arguments and the networks alone. */
  public BufferedImage generate(
      String prompt, String negativePrompt, long seed, Settings settings) {
    int height = settings.height() / vae.downscale();
    int width = settings.width() / vae.downscale();
    int size = unet.config().inChannels() * height * width;
    Scheduler scheduler = Schedulers.of(SAMPLER, schedulerConfig, settings.steps());
    float[] sample = KeyedRandom.of(seed, Purpose.SAMPLING, 0, 0).normals(size);
    for (int i = 0; i < size; i++) {
      sample[i] *= (float) scheduler.initNoiseSigma();
    }
    NoiseSource noise =
        (step, length) -> KeyedRandom.of(seed, Purpose.SAMPLING, step + 1, 0).normals(length);
    try (NDManager scope = ops.manager().newSubManager()) {
      NDArray context = context(scope, negativePrompt, prompt);
      for (int i = 0; i < scheduler.timesteps().length; i++) {
        float[] input = scheduler.scaleModelInput(sample, i);
        Shape shape = new Shape(1, unet.config().inChannels(), height, width);
        float[] output = guided(input, shape, scheduler.timesteps()[i], context, settings);
        sample = scheduler.step(output, i, sample, noise);
      }
      return decode(scope, sample, height, width);
    }
  }

  private NDArray context(NDManager scope, String negativePrompt, String prompt) {
    int[] negative = tokenizer.encode(negativePrompt).ids();
    int[] positive = tokenizer.encode(prompt).ids();
    long[] ids = new long[negative.length + positive.length];
    for (int i = 0; i < positive.length; i++) {
      ids[i] = negative[i];
      ids[negative.length + i] = positive[i];
    }
    NDArray tokens = scope.create(ids, new Shape(2, positive.length));
    return ops.cast(scope, textEncoder.hiddenStates(scope, tokens, 0), precision);
  }

  private float[] guided(
      float[] input, Shape shape, float timestep, NDArray context, Settings settings) {
    try (NDManager scope = ops.manager().newSubManager()) {
      float[] twice = Arrays.copyOf(input, 2 * input.length);
      System.arraycopy(input, 0, twice, input.length, input.length);
      Shape both = new Shape(2, shape.get(1), shape.get(2), shape.get(3));
      NDArray sample = ops.cast(scope, scope.create(twice, both), precision);
      NDArray timesteps = scope.create(new float[] {timestep, timestep});
      float[] out =
          ops.toFp32(scope, unet.forward(scope, sample, timesteps, context)).toFloatArray();
      float[] guided = new float[input.length];
      float scale = (float) settings.guidanceScale();
      for (int i = 0; i < guided.length; i++) {
        guided[i] = out[i] + scale * (out[input.length + i] - out[i]);
      }
      return guided;
    }
  }

  private BufferedImage decode(NDManager scope, float[] sample, int height, int width) {
    float[] latents = sample.clone();
    for (int i = 0; i < latents.length; i++) {
      latents[i] /= (float) vae.scalingFactor();
    }
    Shape shape = new Shape(1, vae.latentChannels(), height, width);
    NDArray decoded = vae.decode(scope, scope.create(latents, shape));
    return picture(
        ops.toFp32(scope, decoded).toFloatArray(),
        height * vae.downscale(),
        width * vae.downscale());
  }

  /** Channels-first values in [-1, 1] to 8 bits, rounded as diffusers rounds. */
  private static BufferedImage picture(float[] values, int height, int width) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int plane = height * width;
    for (int i = 0; i < plane; i++) {
      int rgb = 0;
      for (int channel = 0; channel < 3; channel++) {
        float unit = Math.min(1, Math.max(0, values[channel * plane + i] / 2 + 0.5f));
        rgb = rgb << 8 | (int) Math.rint(unit * 255.0);
      }
      image.setRGB(i % width, i / width, rgb);
    }
    return image;
  }
}
