package org.sparklora.data.cache;

import java.io.Serializable;

/** Opens encoders in the executors. It is sent to every executor. */
public interface LatentEncoderFactory extends Serializable {
  /** An encoder for one task, on the device that task owns. */
  LatentEncoder open();

  /**
   * An identity of everything that decides the encoders' results, such as a hash of weights and
   * precision. Latents are reused only if it is the same.
   */
  String identity();
}
