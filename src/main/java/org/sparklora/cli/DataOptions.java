package org.sparklora.cli;

import java.util.OptionalLong;
import org.sparklora.data.BadImages;
import org.sparklora.data.DataConfig;
import org.sparklora.data.image.ImageInterpolation;
import picocli.CommandLine.Option;

/** Pictures and captions. */
final class DataOptions {
  private static final int LATENT_PIXELS = 8;

  @Option(
      names = {"--dataset_name", "--train_data_dir"},
      paramLabel = "FOLDER",
      description = "Folder of Parquet files with pictures and captions: a path or a URI.")
  private String datasetName = "";

  @Option(names = "--dataset_config_name", hidden = true)
  private String datasetConfigName = "";

  @Option(
      names = "--image_column",
      description = "Column of the pictures (default: ${DEFAULT-VALUE}).")
  private String imageColumn = "image";

  @Option(
      names = "--caption_column",
      description = "Column of the captions (default: ${DEFAULT-VALUE}).")
  private String captionColumn = "text";

  @Option(
      names = "--max_train_samples",
      description = "Train on so many pictures, chosen by the seed (default: all).")
  private Long maxTrainSamples;

  @Option(
      names = "--resolution",
      description = "Side of the training square in pixels (default: ${DEFAULT-VALUE}).")
  private int resolution = 512;

  @Option(
      names = "--center_crop",
      arity = "0..1",
      fallbackValue = "true",
      description = "Crop at the centre instead of at a random place.")
  private boolean centerCrop;

  @Option(
      names = "--random_flip",
      arity = "0..1",
      fallbackValue = "true",
      description = "Mirror half of the pictures.")
  private boolean randomFlip;

  @Option(
      names = "--image_interpolation_mode",
      description = "How pictures are resized (default: ${DEFAULT-VALUE}).")
  private String imageInterpolationMode = "lanczos";

  @Option(
      names = "--on_bad_image",
      description = "skip or fail when a picture cannot be decoded (default: ${DEFAULT-VALUE}).")
  private String onBadImage = "fail";

  @Option(
      names = "--dataloader_num_workers",
      description = "Accepted; Spark's tasks load the data.")
  private int dataloaderNumWorkers;

  DataConfig config(Problems problems, long seed) {
    problems.missing(
        datasetName.isEmpty(), "--dataset_name", "the folder of the Parquet files to train on");
    problems.unsupported(
        !datasetConfigName.isEmpty(),
        "--dataset_config_name",
        "a data set is a folder; give the folder of that configuration");
    problems.require(
        resolution > 0 && resolution % LATENT_PIXELS == 0,
        "--resolution",
        resolution,
        "it must be a positive multiple of " + LATENT_PIXELS);
    problems.require(
        maxTrainSamples == null || maxTrainSamples > 0,
        "--max_train_samples",
        maxTrainSamples,
        "it must be at least 1");
    problems.require(
        dataloaderNumWorkers >= 0,
        "--dataloader_num_workers",
        dataloaderNumWorkers,
        "it must not be negative");
    return new DataConfig(
        Location.resolve(datasetName),
        imageColumn,
        captionColumn,
        resolution,
        centerCrop,
        randomFlip,
        problems.choice(
            "--image_interpolation_mode",
            imageInterpolationMode,
            ImageInterpolation.values(),
            ImageInterpolation.LANCZOS),
        maxTrainSamples == null ? OptionalLong.empty() : OptionalLong.of(maxTrainSamples),
        problems.choice("--on_bad_image", onBadImage, BadImages.values(), BadImages.FAIL),
        seed);
  }
}
