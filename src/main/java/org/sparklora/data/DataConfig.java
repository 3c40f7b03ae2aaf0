package org.sparklora.data;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.sparklora.data.caption.CaptionConfig;
import org.sparklora.data.caption.CaptionTemplates;
import org.sparklora.data.file.SplitChoice;
import org.sparklora.data.image.AspectRatioBuckets;
import org.sparklora.data.image.ImageInterpolation;
import org.sparklora.data.image.TrainingTransform;
import org.sparklora.util.InvalidInputException;

/**
 * Says which pictures are trained on, and how they are resized and cropped.
 *
 * @param datasetName {@code --dataset_name}, a local, hdfs:, s3a: or hf: folder of Parquet files or
 *     of pictures
 * @param imageColumn {@code --image_column}
 * @param captionColumn {@code --caption_column}, of Parquet and of metadata files
 * @param resolution {@code --resolution}, side of the square in pixels
 * @param buckets {@code --enable_bucket} and its limits; empty for squares
 * @param centerCrop {@code --center_crop}; otherwise each picture is cropped at one place drawn at
 *     random
 * @param randomFlip {@code --random_flip}: mirror every other picture, drawn per epoch
 * @param interpolation {@code --image_interpolation_mode}
 * @param maxTrainSamples {@code --max_train_samples}, the number of rows, drawn by the seed
 * @param captionDropoutRate {@code --caption_dropout_rate}: how often a sample is trained on
 *     without its caption, drawn per epoch
 * @param onBadImage {@code --on_bad_image}
 * @param seed {@code --seed}
 * @param alphaMask {@code --alpha_mask}: errors are weighed by the picture's alpha channel
 * @param captions how captions are changed
 * @param captionExtension {@code --caption_extension} of text files beside pictures; empty for
 *     either of kohya's
 * @param prompt {@code --instance_prompt}, every picture's caption; no others are read then
 * @param subjectColumn {@code --subject_column}, the column with a row's subject if an adapter is
 *     trained for each subject; otherwise empty
 * @param split {@code --dataset_split}, which part of the data set is read
 * @param resolutionIsDefault whether nobody chose the resolution: the base model's family may have
 *     another default
 * @param table what {@code --dataset_format} names, which Spark reads; otherwise empty
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
    CaptionConfig captions,
    String captionExtension,
    Optional<String> prompt,
    String subjectColumn,
    SplitChoice split,
    boolean resolutionIsDefault,
    Optional<TableConfig> table) {
  /** Settings for the split to train on. */
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
      long seed,
      boolean alphaMask,
      CaptionConfig captions,
      String captionExtension,
      Optional<String> prompt,
      String subjectColumn) {
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
        alphaMask,
        captions,
        captionExtension,
        prompt,
        subjectColumn,
        SplitChoice.TRAIN,
        false,
        Optional.empty());
  }

  /** Settings without a mask and with captions as they are. */
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
        CaptionConfig.AS_IS,
        "",
        Optional.empty(),
        "");
  }

  /** The same settings for a data set in another place. */
  public DataConfig at(String otherLocation) {
    return with(copy -> copy.location = otherLocation);
  }

  /** The same settings for a table's copy in plain files. */
  public DataConfig copiedTo(String folder) {
    return with(
        copy -> {
          copy.location = folder;
          copy.read = Optional.empty();
        });
  }

  /**
   * The same settings with captions made of templates; {@link CaptionTemplates#CAPTION} keeps the
   * data set's own.
   *
   * @param words what goes into a template
   */
  public DataConfig inTemplates(CaptionTemplates templates, String words) {
    return with(
        copy -> {
          copy.change = captions.in(templates);
          copy.caption = templates == CaptionTemplates.CAPTION ? prompt : Optional.of(words);
        });
  }

  /**
   * Settings for another data set whose pictures are held out: all of them, resized alike, without
   * random changes.
   */
  public DataConfig heldOut(String otherLocation) {
    boolean own = captions.templates() == CaptionTemplates.CAPTION;
    return with(
        copy -> {
          copy.location = otherLocation;
          copy.flip = false;
          copy.samples = OptionalLong.empty();
          copy.dropout = 0;
          copy.mask = false;
          copy.change = CaptionConfig.AS_IS;
          copy.caption = own ? Optional.empty() : prompt;
          copy.subjects = "";
          copy.part = SplitChoice.HELD_OUT;
          copy.read = Optional.empty();
        });
  }

  /**
   * The same with the resolution that a family of models has by default, where nobody chose
   * another.
   *
   * @throws InvalidInputException (CONFIGURATION) when buckets were made for another one
   */
  public DataConfig withDefaultResolution(int ofFamily) {
    if (!resolutionIsDefault || ofFamily == resolution) {
      return this;
    }
    if (buckets.enabled()) {
      throw InvalidInputException.configuration(
          "Missing --resolution: the base model's default is "
              + ofFamily
              + ", and --enable_bucket made buckets of the area of "
              + resolution
              + "; say which you want");
    }
    return with(
        copy -> {
          copy.side = ofFamily;
          copy.sideIsDefault = false;
        });
  }

  /** The same settings for another split of the data set. */
  public DataConfig ofSplit(SplitChoice other) {
    return with(copy -> copy.part = other);
  }

  /** The same settings with an adapter for each subject. */
  public DataConfig bySubject(String column) {
    return with(copy -> copy.subjects = column);
  }

  /**
   * Settings for pictures of a subject's class, resized as the subject's pictures.
   *
   * @param caption of all pictures; empty for their own captions
   * @param count of pictures to use, drawn by the seed
   */
  public DataConfig classImages(String otherLocation, Optional<String> caption, long count) {
    return with(
        copy -> {
          copy.location = otherLocation;
          copy.samples = OptionalLong.of(count);
          copy.dropout = 0;
          copy.change = CaptionConfig.AS_IS;
          copy.caption = caption;
          copy.subjects = "";
          copy.part = SplitChoice.EVERYTHING;
          copy.read = Optional.empty();
        });
  }

  private DataConfig with(Consumer<Copy> changes) {
    Copy copy = new Copy();
    changes.accept(copy);
    return copy.made();
  }

  /** The fields in which a copy differs. */
  private final class Copy {
    private String location = datasetName;
    private boolean flip = randomFlip;
    private OptionalLong samples = maxTrainSamples;
    private double dropout = captionDropoutRate;
    private boolean mask = alphaMask;
    private CaptionConfig change = captions;
    private Optional<String> caption = prompt;
    private String subjects = subjectColumn;
    private SplitChoice part = split;
    private int side = resolution;
    private boolean sideIsDefault = resolutionIsDefault;
    private Optional<TableConfig> read = table;

    DataConfig made() {
      return new DataConfig(
          location,
          imageColumn,
          captionColumn,
          side,
          buckets,
          centerCrop,
          flip,
          interpolation,
          samples,
          dropout,
          onBadImage,
          seed,
          mask,
          change,
          captionExtension,
          caption,
          subjects,
          part,
          sideIsDefault,
          read);
    }
  }

  /** The resizing and cropping of a picture before it is encoded. */
  public TrainingTransform transform() {
    return new TrainingTransform(resolution, buckets, centerCrop, interpolation, seed);
  }
}
