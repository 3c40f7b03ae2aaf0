package org.sparklora.data;

/** Pictures to latents and captions to tokens. Not thread-safe. */
public interface LatentEncoder extends AutoCloseable {
  /**
   * Encodes one picture, alone, so that its bits do not depend on its neighbours.
   *
   * @param pixels {@code float[3 * height * width]} in [-1, 1]
   */
  Latents encode(float[] pixels, int height, int width);

  /** Latent channels, C. */
  int channels();

  /** Side of a latent's square in pixels. */
  int downscale();

  int[] tokenIds(String caption);

  @Override
  void close();
}
