package org.sparklora.data;

import java.util.OptionalLong;
import org.sparklora.data.image.AspectRatioBuckets;
import org.sparklora.data.image.ImageInterpolation;
import org.sparklora.data.image.TrainingTransform;

/**
 * Which pictures are trained on and how they are brought to size.
 *
 * @param datasetName {@code --dataset_name}, a local, hdfs:, s3a: or hf: folder of Parquet files
 * @param imageColumn {@code --image_column}
 * @param captionColumn {@code --caption_column}
 * @param resolution {@code --resolution}, side of the square in pixels
 * @param buckets {@code --enable_bucket} and its limits; none for squares
 * @param centerCrop {@code --center_crop}; else each picture is cut at a place drawn once
 * @param randomFlip {@code --random_flip}: mirror every other picture, drawn per epoch
 * @param interpolation {@code --image_interpolation_mode}
 * @param maxTrainSamples {@code --max_train_samples}, that many rows drawn by the seed
 * @param captionDropoutRate {@code --caption_dropout_rate}: how often a sample is trained on
 *     without its caption, drawn per epoch
 * @param onBadImage {@code --on_bad_image}
 * @param seed {@code --seed}
 * @param alphaMask {@code --alpha_mask}: errors are weighed by the picture's alpha channel
 * @param captions what becomes of captions
 */
public record DataConfig(
    String datasetName,
    String imageColumn,
    String captionColumn,
    int resolution,
    AspectRatioBuckets buckets,
    boolean centerCrop,
    boolean randomFlip,
    ImageInterpolation interpolation,
    OptionalLong maxTrainSamples,
    double captionDropoutRate,
    BadImages onBadImage,
    long seed,
    boolean alphaMask,
    CaptionConfig captions) {
  /** Every pixel alike, captions as they are. */
  public DataConfig(
      String datasetName,
      String imageColumn,
      String captionColumn,
      int resolution,
      AspectRatioBuckets buckets,
      boolean centerCrop,
      boolean randomFlip,
      ImageInterpolation interpolation,
      OptionalLong maxTrainSamples,
      double captionDropoutRate,
      BadImages onBadImage,
      long seed) {
    this(
        datasetName,
        imageColumn,
        captionColumn,
        resolution,
        buckets,
        centerCrop,
        randomFlip,
        interpolation,
        maxTrainSamples,
        captionDropoutRate,
        onBadImage,
        seed,
        false,
        CaptionConfig.AS_IS);
  }

  /** The same settings for a data set in another place. */
  public DataConfig at(String location) {
    return new DataConfig(
        location,
        imageColumn,
        captionColumn,
        resolution,
        buckets,
        centerCrop,
        randomFlip,
        interpolation,
        maxTrainSamples,
        captionDropoutRate,
        onBadImage,
        seed,
        alphaMask,
        captions);
  }

  /** How a picture becomes what is encoded. */
  public TrainingTransform transform() {
    return new TrainingTransform(resolution, buckets, centerCrop, interpolation, seed);
  }
}
