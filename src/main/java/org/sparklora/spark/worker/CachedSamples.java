package org.sparklora.spark.worker;

import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.sparklora.data.cache.CropFrame;
import org.sparklora.data.cache.LatentSample;
import org.sparklora.data.cache.Posterior;
import org.sparklora.data.caption.Caption;
import org.sparklora.data.caption.CaptionTags;
import org.sparklora.data.order.SampleOrder;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.train.PictureSizes;
import org.sparklora.train.SampleSource;
import org.sparklora.train.TrainingSample;

/** Samples of the latent cache in the sampler's order. Captions may be dropped. */
final class CachedSamples implements SampleSource {
  /**
   * The rule by which captions are dropped.
   *
   * @param rate {@code --caption_dropout_rate}, 0 to 1
   * @param everyEpochs {@code --caption_dropout_every_n_epochs}; 0 for none
   * @param emptyCaption tokens of a caption without words
   */
  record CaptionDropout(double rate, int everyEpochs, int[] emptyCaption) {
    /**
     * Whether a caption is dropped.
     *
     * @param epoch from 0
     * @param drawn from 0 to 1
     */
    boolean leavesOut(long epoch, double drawn) {
      return drawn < rate || (everyEpochs > 0 && (epoch + 1) % everyEpochs == 0);
    }
  }

  /**
   * Changes captions and tokenises the result.
   *
   * @param tokenIds of a caption, padded to the text encoder's length
   */
  record CaptionChange(CaptionTags tags, Function<String, int[]> tokenIds) {
    int[] apply(String caption, long round, long sample) {
      return tokenIds.apply(tags.caption(caption, round, sample));
    }

    int[] heldOut(String caption, long sample) {
      return tokenIds.apply(tags.heldOut(caption, sample));
    }
  }

  private final LongFunction<LatentSample> samples;
  private final SampleOrder order;
  private final long seed;
  private final Optional<CaptionDropout> dropout;
  private final Optional<CaptionChange> change;
  private final float priorWeight;

  /**
   * The samples of a run.
   *
   * @param samples by their places in the order
   * @param priorWeight factor on the loss of samples for regularisation
   */
  CachedSamples(
      LongFunction<LatentSample> samples,
      SampleOrder order,
      long seed,
      Optional<CaptionDropout> dropout,
      Optional<CaptionChange> change,
      double priorWeight) {
    this.samples = samples;
    this.order = order;
    this.seed = seed;
    this.dropout = dropout;
    this.change = change;
    this.priorWeight = (float) priorWeight;
  }

  @Override
  public TrainingSample at(long slot) {
    LatentSample sample = samples.apply(order.at(slot));
    long round = order.round(slot);
    Posterior latents = sample.latents(seed, round);
    return new TrainingSample(
        latents.channels(),
        latents.height(),
        latents.width(),
        latents.mean(),
        latents.logVariance(),
        caption(sample, order.epoch(slot), round),
        sample.mask(seed, round),
        sample.frame(seed, round).map(CachedSamples::sizes),
        order.isRegularisation(slot) ? priorWeight : 1);
  }

  /** Converts a crop's frame to the sizes that the model takes. */
  static PictureSizes sizes(CropFrame frame) {
    return new PictureSizes(
        frame.originalHeight(),
        frame.originalWidth(),
        frame.top(),
        frame.left(),
        frame.targetHeight(),
        frame.targetWidth());
  }

  private int[] caption(LatentSample sample, long epoch, long round) {
    return dropout
        .filter(d -> d.leavesOut(epoch, drawn(sample.key(), round)))
        .map(CaptionDropout::emptyCaption)
        .orElseGet(() -> tokenIds(sample, round));
  }

  private int[] tokenIds(LatentSample sample, long round) {
    Caption caption = sample.caption(seed, round);
    return change
        .map(c -> c.apply(caption.text(), round, sample.key()))
        .orElseGet(caption::tokenIds);
  }

  private double drawn(long key, long round) {
    return KeyedRandom.of(seed, Purpose.CAPTION_DROPOUT, round, key).uniform();
  }
}
