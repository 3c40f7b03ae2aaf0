package org.sparklora.data.cache;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Locale;
import java.util.Optional;
import org.sparklora.model.CaptionTokenizer;
import org.sparklora.nn.vae.Autoencoder;
import org.sparklora.tensor.MemoryShortage;
import org.sparklora.tensor.Ops;

/** The base model's autoencoder, in fp32, and its tokenizers. */
public final class VaeLatentEncoder implements LatentEncoder {
  private final Ops ops;
  private final Autoencoder vae;
  private final CaptionTokenizer tokenizer;
  private final boolean keepsFrames;

  /**
   * An encoder that owns its op library.
   *
   * @param vae in fp32
   * @param keepsFrames whether the model takes a sample's place in its picture as an input
   */
  public VaeLatentEncoder(
      Ops ops, Autoencoder vae, CaptionTokenizer tokenizer, boolean keepsFrames) {
    this.keepsFrames = keepsFrames;
    this.ops = ops;
    this.vae = vae;
    this.tokenizer = tokenizer;
  }

  @Override
  public Posterior encode(float[] chw, int height, int width) {
    try (NDManager scope = ops.manager().newSubManager()) {
      NDArray picture = scope.create(chw, new Shape(1, 3, height, width));
      Autoencoder.Posterior posterior = vae.encode(scope, picture);
      Optional<float[]> logVariance = posterior.logVariance().map(NDArray::toFloatArray);
      return new Posterior(
          vae.latentChannels(),
          height / vae.downscale(),
          width / vae.downscale(),
          posterior.mean().toFloatArray(),
          logVariance);
    } catch (RuntimeException e) {
      throw MemoryShortage.explained(
          e,
          String.format(Locale.ROOT, "encoding a picture of %d x %d", height, width),
          "a smaller --resolution, or fewer tasks at a time on the device (spark.task.cpus, or"
              + " spark.task.resource.gpu.amount=1)");
    }
  }

  @Override
  public boolean keepsFrames() {
    return keepsFrames;
  }

  @Override
  public int[] tokenIds(String caption) {
    return tokenizer.ids(caption);
  }

  @Override
  public void close() {
    ops.close();
  }
}
