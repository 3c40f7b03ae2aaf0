package org.sparklora.data;

import java.io.Serializable;
import org.sparklora.data.image.ImageInterpolation;

/**
 * The pictures and captions to train on, and how they are prepared.
 *
 * @param datasetName {@code --dataset_name} or {@code --train_data_dir}: a folder of Parquet files
 * @param imageColumn {@code --image_column}
 * @param captionColumn {@code --caption_column}
 * @param resolution {@code --resolution}, side of the training square in pixels
 * @param centerCrop {@code --center_crop}; else each picture is cropped at a random place
 * @param randomFlip {@code --random_flip}
 * @param interpolation {@code --image_interpolation_mode}
 * @param maxTrainSamples {@code --max_train_samples}; {@link Long#MAX_VALUE} for all
 * @param onBadImage {@code --on_bad_image}
 */
public record DataConfig(
    String datasetName,
    String imageColumn,
    String captionColumn,
    int resolution,
    boolean centerCrop,
    boolean randomFlip,
    ImageInterpolation interpolation,
    long maxTrainSamples,
    BadImages onBadImage)
    implements Serializable {}
