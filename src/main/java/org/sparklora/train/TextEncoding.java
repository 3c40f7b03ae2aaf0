package org.sparklora.train;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;
import org.sparklora.nn.text.EncodedText;

/**
 * Encodes captions for the UNet.
 *
 * <p>Each caption is encoded alone, in fp32, so that its bits do not depend on its neighbours.
 */
public interface TextEncoding {
  /**
   * A caption of a sample.
   *
   * @param tokenIds for each text encoder, one after the other, each padded to its length
   * @param slot position of the sample among the step's samples
   * @param states what {@link #stored} gave for it
   */
  record Caption(int[] tokenIds, long slot, Optional<CaptionStates.Encoded> states) {
    /** A caption that nobody has read before. */
    public Caption(int[] tokenIds, long slot) {
      this(tokenIds, slot, Optional.empty());
    }
  }

  /**
   * Reads a caption that was encoded before, so that {@link #words} need not wait for it. Any
   * thread may call this. Empty if there is nothing to wait for.
   */
  default Optional<CaptionStates.Encoded> stored(int[] tokenIds) {
    return Optional.empty();
  }

  /**
   * Encodes a batch without a backward pass.
   *
   * @param captions token ids, all of one length
   * @return in the scope, compute type
   */
  EncodedText encode(NDManager scope, List<int[]> captions);

  /**
   * Encodes the captions of a micro-batch.
   *
   * @param scope owner of the result and of the arrays that are kept for backward
   */
  default Words words(NDManager scope, long step, List<Caption> captions) {
    return Words.fixed(encode(scope, captions.stream().map(Caption::tokenIds).toList()));
  }
}
