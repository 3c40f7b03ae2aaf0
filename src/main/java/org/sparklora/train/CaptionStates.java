package org.sparklora.train;

import java.util.Optional;

/** Captions that frozen text encoders have encoded before. */
@FunctionalInterface
public interface CaptionStates {
  /** Knows no captions. */
  CaptionStates NONE = tokenIds -> Optional.empty();

  /**
   * A caption, in fp32.
   *
   * @param words number of hidden states
   * @param states hidden states, {@code float[words][width]}
   * @param pooled the caption in one vector, for SDXL
   */
  record Encoded(int words, float[] states, Optional<float[]> pooled) {
    public int width() {
      return states.length / words;
    }

    /** Bytes of its arrays. */
    long bytes() {
      return (long) Float.BYTES * (states.length + pooled.map(values -> values.length).orElse(0));
    }
  }

  /**
   * Finds the encoders' output for a caption; empty if it is not known. Several threads may ask.
   *
   * @param tokenIds for each text encoder, one after the other
   */
  Optional<Encoded> find(int[] tokenIds);
}
