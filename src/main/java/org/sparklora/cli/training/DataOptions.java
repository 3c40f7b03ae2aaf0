package org.sparklora.cli.training;

import java.util.Optional;
import java.util.OptionalLong;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.cli.option.HubNames;
import org.sparklora.cli.option.Location;
import org.sparklora.data.BadImages;
import org.sparklora.data.DataConfig;
import org.sparklora.data.TableConfig;
import org.sparklora.data.caption.CaptionConfig;
import org.sparklora.data.file.SplitChoice;
import org.sparklora.data.image.AspectRatioBuckets;
import org.sparklora.data.image.ImageInterpolation;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Pictures and captions. */
public final class DataOptions {
  private static final String DATASET = "--dataset_name";
  private static final int LATENT_PIXELS = 8;
  private static final int RESOLUTION = 512;
  private static final int MIN_BUCKET = 256;
  private static final int MAX_BUCKET = 1024;
  private static final int BUCKET_STEPS = 64;

  @Option(
      names = {DATASET, "--train_data_dir", "--instance_data_dir"},
      paramLabel = "FOLDER|ID",
      description =
          "Folder of captioned pictures, as Parquet files or picture files: a path, a URI, or a"
              + " data set of the Hugging Face Hub, namespace/name.")
  private String datasetName = "";

  @Option(
      names = "--dataset_config_name",
      paramLabel = "NAME",
      description = {
        "The configuration of a data set of the hub: one that its README.md lists, or a folder.",
        "Default: the one that README.md calls the default, else all of it."
      })
  private String datasetConfigName = "";

  @Option(
      names = "--dataset_split",
      paramLabel = "NAME",
      description =
          "The split to train on, such as train, validation or test; or all (default: train, which"
              + " is the whole of a data set without splits; for picture files of --train_data_dir"
              + " or --instance_data_dir, all).")
  private String datasetSplit = "";

  @Mixin private TableOptions tables = new TableOptions();

  @Option(
      names = "--image_column",
      paramLabel = "NAME",
      description = "Column of the pictures in Parquet (default: ${DEFAULT-VALUE}).")
  private String imageColumn = "image";

  @Option(
      names = "--caption_column",
      paramLabel = "NAME",
      description =
          "Column of the captions, in Parquet, metadata.jsonl or metadata.csv (default:"
              + " ${DEFAULT-VALUE}).")
  private String captionColumn = "text";

  @Option(
      names = "--caption_extension",
      paramLabel = ".txt|.caption",
      description =
          "Ending of the text files with captions beside the pictures (default: either of these).")
  private String captionExtension = "";

  @Option(
      names = "--instance_prompt",
      paramLabel = "TEXT",
      description = "The caption of every picture. Captions of the data set are then not read.")
  private String instancePrompt;

  @Option(
      names = "--max_train_samples",
      paramLabel = "N",
      description = "Number of pictures to train on, chosen by the seed (default: all).")
  @WholeNumber(min = 1, max = Integer.MAX_VALUE)
  private Long maxTrainSamples;

  @Option(
      names = "--resolution",
      paramLabel = "PIXELS",
      description = "Side of the training square in pixels (default: 512, with SDXL 1024).")
  @WholeNumber(min = 8, max = CanvasOptions.MOST_PIXELS)
  private Integer resolutionGiven;

  @Option(
      names = "--enable_bucket",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Keep the shapes of pictures: resize each to the rectangle of the nearest aspect ratio,"
              + " of at most the square's area, instead of to the square.")
  private boolean enableBucket;

  @Option(
      names = "--min_bucket_reso",
      paramLabel = "PIXELS",
      description = "Shortest side of a bucket in pixels (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 8, max = CanvasOptions.MOST_PIXELS)
  private int minBucketReso = MIN_BUCKET;

  @Option(
      names = "--max_bucket_reso",
      paramLabel = "PIXELS",
      description = "Longest side of a bucket in pixels (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 8, max = CanvasOptions.MOST_PIXELS)
  private int maxBucketReso = MAX_BUCKET;

  @Option(
      names = "--bucket_reso_steps",
      paramLabel = "PIXELS",
      description = "Sides of buckets are multiples of this (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 8, max = CanvasOptions.MOST_PIXELS)
  private int bucketResoSteps = BUCKET_STEPS;

  @Option(
      names = "--center_crop",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Crop at the centre instead of at a random place.")
  private boolean centerCrop;

  @Option(
      names = "--random_flip",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Mirror half of the pictures.")
  private boolean randomFlip;

  @Option(
      names = {"--caption_dropout_rate", "--proportion_empty_prompts"},
      paramLabel = "P",
      description = "Share of the samples to train without caption (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1)
  private double captionDropoutRate;

  @Option(
      names = "--image_interpolation_mode",
      paramLabel = "MODE",
      description = "Filter with which pictures are resized (default: ${DEFAULT-VALUE}).")
  private String imageInterpolationMode;

  @Option(
      names = {"--alpha_mask", "--masked_loss"},
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Weight errors by the pictures' alpha channel, so that nothing is learnt where a picture"
              + " is transparent.")
  private boolean alphaMask;

  @Option(
      names = "--on_bad_image",
      paramLabel = "skip|fail",
      description =
          "What to do when a picture cannot be decoded: skip or fail (default: ${DEFAULT-VALUE}).")
  private String onBadImage = "fail";

  @Option(
      names = {"--latent_cache_dir", "--cache_latents_dir"},
      paramLabel = "FOLDER",
      description =
          "Folder of encoded pictures, a path or a URI. Runs may share it (default of train:"
              + " latents in --output_dir).")
  private String latentCacheDir = "";

  @Option(
      names = "--dataloader_num_workers",
      paramLabel = "N",
      description = "Accepted without effect: Spark's tasks load the data.")
  @WholeNumber(min = 0, max = 1024)
  @SuppressWarnings("UnusedVariable") // accepted and checked, and has no effect
  private int dataloaderNumWorkers;

  private final String dataFlag;

  public DataOptions(TrainingDefaults defaults) {
    this.dataFlag = defaults.dataFlag();
    this.imageInterpolationMode = defaults.interpolation().flag();
    this.randomFlip = defaults.randomFlip();
  }

  public Optional<String> latentCacheDir() {
    return latentCacheDir.isEmpty()
        ? Optional.empty()
        : Optional.of(Location.resolve(latentCacheDir));
  }

  public DataConfig config(Problems problems, long seed, CaptionConfig captions) {
    int resolution = resolution();
    problems.missing(datasetName.isEmpty(), dataFlag, "the folder of the pictures to train on");
    problems.require(
        resolution > 0 && resolution % LATENT_PIXELS == 0,
        "--resolution",
        resolution,
        "it must be a positive multiple of " + LATENT_PIXELS);
    problems.missing(imageColumn.isBlank(), "--image_column", "the name of a column");
    problems.missing(captionColumn.isBlank(), "--caption_column", "the name of a column");
    Optional<TableConfig> table = tables.table(problems, datasetName);
    return new DataConfig(
        table.isPresent()
            ? table.get().name()
            : HubNames.dataset(problems, datasetName, datasetConfigName),
        imageColumn,
        captionColumn,
        resolution,
        buckets(problems),
        centerCrop,
        randomFlip,
        problems.choice(
            "--image_interpolation_mode",
            imageInterpolationMode,
            ImageInterpolation.values(),
            ImageInterpolation.LANCZOS),
        maxTrainSamples == null ? OptionalLong.empty() : OptionalLong.of(maxTrainSamples),
        captionDropoutRate,
        problems.choice("--on_bad_image", onBadImage, BadImages.values(), BadImages.FAIL),
        seed,
        alphaMask,
        captions,
        captionExtension.isEmpty() || captionExtension.startsWith(".")
            ? captionExtension
            : "." + captionExtension,
        Optional.ofNullable(instancePrompt),
        "",
        split(problems),
        resolutionGiven == null,
        table);
  }

  private int resolution() {
    return resolutionGiven == null ? RESOLUTION : resolutionGiven;
  }

  /**
   * The split to read. diffusers' scripts take the train split of a data set, and every picture of
   * a folder.
   */
  private SplitChoice split(Problems problems) {
    if (!datasetSplit.isEmpty()) {
      return SplitChoice.named(datasetSplit);
    }
    return problems.nameOf(DATASET).equals(DATASET) ? SplitChoice.TRAIN : SplitChoice.EVERY_PICTURE;
  }

  private AspectRatioBuckets buckets(Problems problems) {
    if (!enableBucket) {
      if (minBucketReso != MIN_BUCKET
          || maxBucketReso != MAX_BUCKET
          || bucketResoSteps != BUCKET_STEPS) {
        FlagLog.warn(
            "--min_bucket_reso, --max_bucket_reso and --bucket_reso_steps have no effect without"
                + " --enable_bucket");
      }
      return AspectRatioBuckets.NONE;
    }
    int resolution = resolution();
    int found = problems.count();
    problems.require(
        bucketResoSteps > 0 && bucketResoSteps % LATENT_PIXELS == 0,
        "--bucket_reso_steps",
        bucketResoSteps,
        "it must be a positive multiple of " + LATENT_PIXELS);
    problems.require(
        minBucketReso > 0 && bucketResoSteps > 0 && minBucketReso % bucketResoSteps == 0,
        "--min_bucket_reso",
        minBucketReso,
        "it must be a positive multiple of --bucket_reso_steps, " + bucketResoSteps);
    problems.require(
        minBucketReso <= resolution,
        "--min_bucket_reso",
        minBucketReso,
        "it must be at most --resolution, " + resolution);
    problems.require(
        maxBucketReso >= resolution,
        "--max_bucket_reso",
        maxBucketReso,
        "it must be at least --resolution, " + resolution);
    return problems.count() > found
        ? AspectRatioBuckets.NONE
        : AspectRatioBuckets.of(resolution, minBucketReso, maxBucketReso, bucketResoSteps);
  }
}
