package org.sparklora.data;

import java.util.OptionalLong;
import org.sparklora.data.image.ImageInterpolation;
import org.sparklora.data.image.TrainingTransform;

/**
 * Which pictures are trained on and how they are brought to size.
 *
 * @param datasetName {@code --dataset_name}, a local, hdfs: or s3a: folder of Parquet files
 * @param imageColumn {@code --image_column}
 * @param captionColumn {@code --caption_column}
 * @param resolution {@code --resolution}, side of the square in pixels
 * @param centerCrop {@code --center_crop}; else each picture is cut at a place drawn once
 * @param randomFlip {@code --random_flip}: mirror every other picture, drawn per epoch
 * @param interpolation {@code --image_interpolation_mode}
 * @param maxTrainSamples {@code --max_train_samples}, that many rows drawn by the seed
 * @param onBadImage {@code --on_bad_image}
 * @param seed {@code --seed}
 */
public record DataConfig(
    String datasetName,
    String imageColumn,
    String captionColumn,
    int resolution,
    boolean centerCrop,
    boolean randomFlip,
    ImageInterpolation interpolation,
    OptionalLong maxTrainSamples,
    BadImages onBadImage,
    long seed) {
  /** How a picture becomes the square that is encoded. */
  public TrainingTransform transform() {
    return new TrainingTransform(resolution, centerCrop, interpolation, seed);
  }
}
