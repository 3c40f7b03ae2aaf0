package org.sparklora.data.cache;

/** Turns a picture and a caption into what training reads. Used by one thread at a time. */
public interface LatentEncoder extends AutoCloseable {
  /**
   * Encodes one picture; one at a time, so that its bits never depend on its neighbours in a batch.
   *
   * @param chw the picture, {@code float[3][height][width]} in [-1, 1]
   */
  Posterior encode(float[] chw, int height, int width);

  /** The caption's token ids, padded to the text encoder's length. */
  int[] tokenIds(String caption);

  @Override
  void close();
}
