package org.sparklora.spark.prepare;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.nn.vae.AutoencoderConfig;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.MemoryNeed;
import org.sparklora.util.MemoryRoom;

/**
 * Whether a task has room to encode a picture. It is estimated from what was measured on the
 * autoencoder of Stable Diffusion (see {@code memory.md}): so many times the values of the layer at
 * the picture's own resolution. A task encodes one picture at a time, in fp32.
 */
public final class EncodingMemory {
  private static final Logger LOG = LoggerFactory.getLogger(EncodingMemory.class);
  private static final double LEAST_LAYERS = 4;
  private static final double USUAL_LAYERS = 7;

  private EncodingMemory() {}

  /**
   * Warns of pictures that are likely to need more than there is.
   *
   * @throws InvalidInputException (CONFIGURATION) when they cannot be encoded
   */
  public static void require(AutoencoderConfig vae, int resolution, MemoryRoom room) {
    warning(vae, resolution, room).ifPresent(LOG::warn);
  }

  static Optional<String> warning(AutoencoderConfig vae, int resolution, MemoryRoom room) {
    double layer = (double) vae.widestEncoded() * resolution * resolution * Float.BYTES;
    return new MemoryNeed(
            "--resolution",
            String.valueOf(resolution),
            "encoding a picture",
            LEAST_LAYERS * layer,
            USUAL_LAYERS * layer,
            "Lower --resolution, or give a task more memory: fewer tasks at once, or executors with"
                + " a larger spark.executor.memoryOverhead")
        .within(room);
  }
}
