package org.sparklora.data.cache;

/** Turns a picture and a caption into latents and token ids. Used by one thread at a time. */
public interface LatentEncoder extends AutoCloseable {
  /**
   * Encodes one picture. Pictures are encoded one at a time, so that bits never depend on
   * neighbours in a batch.
   *
   * @param chw the picture, {@code float[3][height][width]} in [-1, 1]
   */
  Posterior encode(float[] chw, int height, int width);

  /** Whether the model takes a sample's place in its picture as an input. */
  default boolean keepsFrames() {
    return false;
  }

  /**
   * The caption's token ids for each text encoder, one after the other, each padded to its length.
   */
  int[] tokenIds(String caption);

  @Override
  void close();
}
