package org.sparklora.data.cache;

import java.util.List;
import java.util.Optional;
import org.sparklora.data.caption.Caption;
import org.sparklora.data.row.SubjectRow;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;

/**
 * One picture ready for training.
 *
 * @param id the row's number in the data set, over its files in order; above its 40 bits the number
 *     of the data set where there are several
 * @param captions at least one
 * @param latents of the picture
 * @param flipped latents of its mirror image, with {@code --random_flip}
 * @param mask weight of the error at each latent pixel, {@code float[height][width]} in [0, 1],
 *     with {@code --alpha_mask}
 * @param subject of the picture, with {@code --subject_column}
 * @param frame the place of the latents in the picture, for models that take it
 * @param flippedFrame the same of its mirror image
 */
public record LatentSample(
    long id,
    List<Caption> captions,
    Posterior latents,
    Optional<Posterior> flipped,
    Optional<float[]> mask,
    Optional<SubjectRow> subject,
    Optional<CropFrame> frame,
    Optional<CropFrame> flippedFrame) {
  /** Bits of a row's number; those above them have the data set's number. */
  private static final int ROW_BITS = 40;

  /** A sample for models that are not told where in the picture it lies. */
  public LatentSample(
      long id,
      List<Caption> captions,
      Posterior latents,
      Optional<Posterior> flipped,
      Optional<float[]> mask,
      Optional<SubjectRow> subject) {
    this(id, captions, latents, flipped, mask, subject, Optional.empty(), Optional.empty());
  }

  /** A sample without a mask. */
  public LatentSample(
      long id, List<Caption> captions, Posterior latents, Optional<Posterior> flipped) {
    this(id, captions, latents, flipped, Optional.empty(), Optional.empty());
  }

  public LatentSample {
    captions = List.copyOf(captions);
  }

  /** The same with an id that no sample of another data set has. */
  LatentSample inSet(int set) {
    return set == 0
        ? this
        : new LatentSample(
            ((long) set << ROW_BITS) + id,
            captions,
            latents,
            flipped,
            mask,
            subject,
            frame,
            flippedFrame);
  }

  /**
   * The number from which everything random about the sample is drawn: its id, or its number among
   * its subject's samples.
   */
  public long key() {
    return subject.map(SubjectRow::number).orElse(id);
  }

  /** The caption of an epoch; if there are several, one is drawn. */
  public Caption caption(long seed, long epoch) {
    int drawn = (int) KeyedRandom.of(seed, Purpose.CAPTION, epoch, key()).below(captions.size());
    return captions.get(drawn);
  }

  /** The latents of an epoch. If there are latents of the mirror image, one of the two is drawn. */
  public Posterior latents(long seed, long epoch) {
    return isFlipped(seed, epoch) ? flipped.orElse(latents) : latents;
  }

  /** The frame that belongs to the latents of an epoch. */
  public Optional<CropFrame> frame(long seed, long epoch) {
    return flipped.isPresent() && isFlipped(seed, epoch) ? flippedFrame : frame;
  }

  /** The mask that belongs to the latents of an epoch. */
  public Optional<float[]> mask(long seed, long epoch) {
    return flipped.isPresent() && isFlipped(seed, epoch) ? mask.map(this::mirrored) : mask;
  }

  private boolean isFlipped(long seed, long epoch) {
    return KeyedRandom.of(seed, Purpose.FLIP, epoch, key()).uniform() < 0.5;
  }

  private float[] mirrored(float[] rows) {
    int width = latents.width();
    float[] mirrored = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      mirrored[i] = rows[i - i % width + width - 1 - i % width];
    }
    return mirrored;
  }
}
