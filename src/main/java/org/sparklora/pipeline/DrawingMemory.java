package org.sparklora.pipeline;

import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.nn.unet.UNetConfig;
import org.sparklora.nn.vae.AutoencoderConfig;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.pipeline.request.StartingPoint;
import org.sparklora.tensor.MemoryShortage;
import org.sparklora.util.Count;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.MemoryNeed;
import org.sparklora.util.MemoryRoom;

/**
 * Checks whether a task has enough memory to draw. The estimate is a multiple of the values of the
 * widest layer at the finest resolution. The factors were measured on Stable Diffusion 1.5 (see
 * {@code memory.md}).
 *
 * @param room of a task
 * @param batchFlag the flag with the number of pictures drawn at once; empty where it is always one
 * @param sizeFlag the flags with the pictures' size
 */
public record DrawingMemory(MemoryRoom room, String batchFlag, String sizeFlag) {
  private static final Logger LOG = LoggerFactory.getLogger(DrawingMemory.class);

  private static final double LEAST_LAYERS_OF_UNET = 15;
  private static final double USUAL_LAYERS_OF_UNET = 60;
  private static final double LEAST_LAYERS_OF_DECODER = 3;
  private static final double USUAL_LAYERS_OF_DECODER = 6;

  /** Makes the check of {@code generate}. */
  public static DrawingMemory ofGenerate(MemoryRoom room) {
    return new DrawingMemory(room, "--batch_size", "--height and --width");
  }

  /** Makes the check of class images, which have the size that the base model was trained with. */
  public static DrawingMemory ofClassImages(MemoryRoom room) {
    return new DrawingMemory(room, "--sample_batch_size", "size of class images");
  }

  /** Makes the check of validation pictures, which are drawn one at a time. */
  public static DrawingMemory ofValidation(MemoryRoom room) {
    return new DrawingMemory(room, "", "size of validation pictures");
  }

  /**
   * Checks the pictures to draw. Logs a warning if they are likely to need more memory than there
   * is.
   *
   * @throws InvalidInputException (CONFIGURATION) when they cannot be drawn
   */
  public void require(
      UNetConfig unet,
      AutoencoderConfig vae,
      SamplingConfig sampling,
      StartingPoint size,
      int batch) {
    warnings(unet, vae, sampling, size, batch).forEach(LOG::warn);
  }

  List<String> warnings(
      UNetConfig unet,
      AutoencoderConfig vae,
      SamplingConfig sampling,
      StartingPoint size,
      int batch) {
    boolean twice = sampling.isGuided() && !unet.takesGuidance();
    MemoryNeed step = step(unet, vae, size, twice ? 2 * batch : batch, batch);
    return Stream.of(decoding(vae, size), step)
        .flatMap(need -> need.within(room).stream())
        .toList();
  }

  /** Estimates the memory of decoding. Pictures are decoded in fp32, one at a time. */
  private MemoryNeed decoding(AutoencoderConfig vae, StartingPoint size) {
    double layer = (double) vae.widestDecoded() * size.height() * size.width() * Float.BYTES;
    return new MemoryNeed(
        sizeFlag,
        text(size),
        "decoding a picture",
        LEAST_LAYERS_OF_DECODER * layer,
        USUAL_LAYERS_OF_DECODER * layer,
        "Make the pictures smaller");
  }

  /**
   * Estimates the memory of a sampling step. It does not depend on the precision, because bf16 was
   * measured to take no less than fp32.
   */
  private MemoryNeed step(
      UNetConfig unet, AutoencoderConfig vae, StartingPoint size, int rows, int batch) {
    double latents = (double) size.height() / vae.downscale() * size.width() / vae.downscale();
    double layer = unet.blocks().get(0).channels() * latents * Float.BYTES * rows;
    boolean many = batch > 1;
    return new MemoryNeed(
        many ? batchFlag : sizeFlag,
        many ? String.valueOf(batch) : text(size),
        "a step of drawing" + (many ? " " + batch + " pictures of " + text(size) : ""),
        LEAST_LAYERS_OF_UNET * layer,
        USUAL_LAYERS_OF_UNET * layer,
        many ? "Lower " + batchFlag : "Make the pictures smaller");
  }

  /** The failure of a drawing, or what to do about it. */
  static RuntimeException explained(RuntimeException failure, int batch, StartingPoint size) {
    return MemoryShortage.explained(
        failure,
        "drawing " + Count.of(batch, "picture") + " of " + text(size),
        (batch == 1 ? "" : "a smaller --batch_size (of class images --sample_batch_size), ")
            + "smaller pictures (--height and --width, in training --resolution),"
            + " --mixed_precision=bf16 or fp16, or --attention=sliced");
  }

  private static String text(StartingPoint size) {
    return size.height() + " x " + size.width();
  }
}
