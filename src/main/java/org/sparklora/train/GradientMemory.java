package org.sparklora.train;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.nn.unet.UNetConfig;
import org.sparklora.tensor.Precision;
import org.sparklora.util.InvalidInputException;

/**
 * Checks that a worker has room for the values that the gradient of a micro-batch keeps. The
 * estimate comes from measurements on Stable Diffusion 1.5. It is a multiple, for each picture, of
 * the values of one layer's output at the finest resolution.
 */
public final class GradientMemory {
  private static final Logger LOG = LoggerFactory.getLogger(GradientMemory.class);

  /** Below this factor no run can work. The least that was measured is 57, with checkpointing. */
  private static final double IMPOSSIBLE = 40;

  /** The usual factor without gradient checkpointing; 168 to 272 were measured. */
  private static final double USUAL = 170;

  /** The usual factor with gradient checkpointing; 57 to 193 were measured. */
  private static final double USUAL_WITH_CHECKPOINTING = 60;

  private static final int PIXELS_OF_A_LATENT = 8;
  private static final double GIB = 1L << 30;

  private GradientMemory() {}

  /**
   * Checks a micro-batch. Logs a warning if it is likely to need more memory than a worker has.
   *
   * @param memory of a worker, in bytes; empty where it is not known
   * @throws InvalidInputException (CONFIGURATION) when it cannot work
   */
  public static void require(
      UNetConfig unet, BatchConfig batch, int resolution, OptionalLong memory) {
    if (memory.isPresent()) {
      int channels = unet.blocks().get(0).channels();
      warning(channels, batch, resolution, memory.getAsLong()).ifPresent(LOG::warn);
    }
  }

  static Optional<String> warning(int channels, BatchConfig batch, int resolution, long memory) {
    double side = (double) resolution / PIXELS_OF_A_LATENT;
    double bytes = batch.precision() == Precision.FP32 ? Float.BYTES : Short.BYTES;
    double layer = channels * side * side * bytes * batch.trainBatchSize();
    if (IMPOSSIBLE * layer > memory) {
      throw InvalidInputException.configuration(
          "Invalid --train_batch_size: "
              + batch.trainBatchSize()
              + text(resolution, IMPOSSIBLE * layer, memory, "at least "));
    }
    double usual = (batch.gradientCheckpointing() ? USUAL_WITH_CHECKPOINTING : USUAL) * layer;
    return usual > memory
        ? Optional.of(
            "--train_batch_size "
                + batch.trainBatchSize()
                + " may be too large"
                + text(resolution, usual, memory, "about "))
        : Optional.empty();
  }

  private static String text(int resolution, double needed, long memory, String how) {
    return String.format(
        Locale.ROOT,
        "; at --resolution %d a worker needs %s%.1f GiB, and it has %.1f GiB. Lower"
            + " --train_batch_size (and raise --gradient_accumulation_steps), add"
            + " --gradient_checkpointing, or give executors more memory, such as by"
            + " spark.executor.memoryOverhead",
        resolution,
        how,
        needed / GIB,
        (double) memory / GIB);
  }
}
