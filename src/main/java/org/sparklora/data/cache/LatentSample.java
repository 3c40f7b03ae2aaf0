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
 * @param id the row's number in the data set, over its files in order
 * @param captions at least one
 * @param latents of the picture
 * @param flipped of its mirror image, where {@code --random_flip} asks for it
 * @param mask what an error at each latent pixel counts, {@code float[height][width]} in [0, 1],
 *     where {@code --alpha_mask} asks for it
 * @param subject whose picture it is, where {@code --subject_column} says so
 * @param frame where in the picture the latents lie, for models that are told
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

  /** A sample of a data set without subjects. */
  public LatentSample(
      long id,
      List<Caption> captions,
      Posterior latents,
      Optional<Posterior> flipped,
      Optional<float[]> mask) {
    this(id, captions, latents, flipped, mask, Optional.empty());
  }

  /** A sample whose pixels all count alike. */
  public LatentSample(
      long id, List<Caption> captions, Posterior latents, Optional<Posterior> flipped) {
    this(id, captions, latents, flipped, Optional.empty(), Optional.empty());
  }

  public LatentSample {
    captions = List.copyOf(captions);
  }

  /** What is drawn for the sample is drawn by this: its id, or its number among the subject's. */
  public long key() {
    return subject.map(SubjectRow::number).orElse(id);
  }

  /** The caption of an epoch: drawn, where there are several. */
  public Caption caption(long seed, long epoch) {
    int drawn = (int) KeyedRandom.of(seed, Purpose.CAPTION, epoch, key()).below(captions.size());
    return captions.get(drawn);
  }

  /** The latents of an epoch: the mirror image's every other time, where it is there. */
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
