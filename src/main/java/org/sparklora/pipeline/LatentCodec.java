package org.sparklora.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.awt.image.BufferedImage;
import java.util.Optional;
import org.sparklora.nn.vae.Autoencoder;
import org.sparklora.pipeline.request.InitialImage;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.TorchRandom;

/**
 * Turns pictures into scaled latents and back, one at a time, so that memory does not grow with a
 * batch.
 */
final class LatentCodec {
  private final Ops ops;
  private final Autoencoder vae;

  LatentCodec(Ops ops, Autoencoder vae) {
    this.ops = ops;
    this.vae = vae;
  }

  /** The side of a latent's square in pixels. */
  int downscale() {
    return vae.downscale();
  }

  int channels() {
    return vae.latentChannels();
  }

  /**
   * A picture's latents. If the autoencoder gives a distribution, they are drawn from it.
   *
   * @return {@code float[channels * height / f * width / f]}, scaled for the UNet
   */
  float[] encode(InitialImage image, TorchRandom random) {
    try (NDManager scope = ops.manager().newSubManager()) {
      Shape shape = new Shape(1, 3, image.height(), image.width());
      Autoencoder.Posterior posterior = vae.encode(scope, scope.create(image.chw(), shape));
      float[] latents = posterior.mean().toFloatArray();
      Optional<float[]> logVariance = posterior.logVariance().map(NDArray::toFloatArray);
      if (logVariance.isPresent()) {
        float[] drawn = random.normal(latents.length);
        for (int i = 0; i < latents.length; i++) {
          latents[i] += (float) StrictMath.exp(0.5f * logVariance.get()[i]) * drawn[i];
        }
      }
      for (int i = 0; i < latents.length; i++) {
        latents[i] *= (float) vae.scalingFactor();
      }
      return latents;
    }
  }

  /**
   * The picture of scaled latents.
   *
   * @param height of the latents
   */
  BufferedImage decode(float[] latents, int height, int width) {
    float[] unscaled = latents.clone();
    for (int i = 0; i < unscaled.length; i++) {
      unscaled[i] /= (float) vae.scalingFactor();
    }
    try (NDManager scope = ops.manager().newSubManager()) {
      Shape shape = new Shape(1, vae.latentChannels(), height, width);
      NDArray decoded = vae.decode(scope, scope.create(unscaled, shape));
      return picture(
          ops.toFp32(scope, decoded).toFloatArray(),
          height * vae.downscale(),
          width * vae.downscale());
    }
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
