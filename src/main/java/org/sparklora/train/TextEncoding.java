package org.sparklora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * Captions to the hidden states that the UNet attends to.
 *
 * <p>Each caption is encoded alone, in fp32, so that its bits do not depend on its neighbours.
 */
public interface TextEncoding {
  /**
   * A caption of a sample.
   *
   * @param tokenIds padded to the text encoder's length
   * @param slot position of the sample among the step's samples
   */
  record Caption(int[] tokenIds, long slot) {}

  /**
   * Encodes a batch without a way back.
   *
   * @param captions token ids, all of one length
   * @return {@code [batch, words, width]} in the scope, compute type
   */
  NDArray encode(NDManager scope, List<int[]> captions);

  /**
   * Encodes the captions of a micro-batch.
   *
   * @param scope where the result, and what is kept to go back, lives
   */
  default Words words(NDManager scope, long step, List<Caption> captions) {
    return Words.fixed(encode(scope, captions.stream().map(Caption::tokenIds).toList()));
  }
}
