package org.sparklora.data.cache;

import java.io.Serializable;

/** Opens encoders where pictures are encoded: it is sent to every executor. */
public interface LatentEncoderFactory extends Serializable {
  /** An encoder for one task, on the device that task owns. */
  LatentEncoder open();

  /**
   * What decides the encoders' results, such as a hash of their weights and precision. Latents are
   * reused only for the same identity.
   */
  String identity();
}
