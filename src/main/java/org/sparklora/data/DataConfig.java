package org.sparklora.data;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.sparklora.data.caption.CaptionConfig;
import org.sparklora.data.caption.CaptionTemplates;
import org.sparklora.data.file.SplitChoice;
import org.sparklora.data.image.AspectRatioBuckets;
import org.sparklora.data.image.ImageInterpolation;
import org.sparklora.data.image.TrainingTransform;
import org.sparklora.data.order.SetBalance;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;
import org.sparklora.util.InvalidInputException;

/**
 * Says which pictures are trained on, and how they are resized and cropped.
 *
 * @param datasetName {@code --dataset_name}, a local, hdfs:, s3a: or hf: folder of Parquet files or
 *     of pictures
 * @param split {@code --dataset_split}, which part of the data set is read
 * @param table what {@code --dataset_format} names, which Spark reads; otherwise empty
 * @param columns where pictures and captions are
 * @param maxTrainSamples the number of rows, drawn by the seed
 * @param pictures how they are resized, cropped and mirrored
 * @param captionDropoutRate how often a sample is trained on without its caption, drawn per epoch
 * @param captions how captions are changed
 * @param subjectColumn {@code --subject_column}, the column with a row's subject if an adapter is
 *     trained for each subject; otherwise empty
 * @param seed {@code --seed}
 * @param use how often an epoch has each picture, and what for
 * @param others the other data sets of {@code --data_sets}, which have none themselves
 */
public record DataConfig(
    String datasetName,
    SplitChoice split,
    Optional<TableConfig> table,
    ColumnConfig columns,
    @Flag(
            names = "--max_train_samples",
            label = "N",
            help = "Number of pictures to train on, chosen by the seed (default: all).")
        @WholeNumber(min = 1, max = Integer.MAX_VALUE)
        OptionalLong maxTrainSamples,
    PictureConfig pictures,
    @Flag(
            names = {"--caption_dropout_rate", "--proportion_empty_prompts"},
            label = "P",
            help = "Share of the samples to train without caption (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1)
        @InRecipe(always = true)
        double captionDropoutRate,
    CaptionConfig captions,
    @Flag(
            names = "--on_bad_image",
            label = "skip|fail",
            help =
                "What to do when a picture cannot be decoded: skip or fail (default:"
                    + " ${DEFAULT-VALUE}).")
        BadImages onBadImage,
    String subjectColumn,
    long seed,
    SetUse use,
    List<DataConfig> others) {
  public DataConfig {
    others = List.copyOf(others);
  }

  /** All rows of the split to train on, with captions as they are; a bad picture ends the run. */
  public static DataConfig of(String location, PictureConfig pictures, long seed) {
    return new DataConfig(
        location,
        SplitChoice.TRAIN,
        Optional.empty(),
        ColumnConfig.USUAL,
        OptionalLong.empty(),
        pictures,
        0,
        CaptionConfig.AS_IS,
        BadImages.FAIL,
        "",
        seed,
        SetUse.ONCE,
        List.of());
  }

  /** These data sets, one after the other. */
  public static DataConfig of(List<DataConfig> sets) {
    return sets.get(0).with(copy -> copy.rest = sets.subList(1, sets.size()));
  }

  /** All data sets of the run, this one first. */
  public List<DataConfig> sets() {
    return Stream.concat(Stream.of(this), others.stream()).toList();
  }

  /** How often an epoch has the pictures of each data set. */
  public List<Integer> repeats() {
    return sets().stream().map(set -> set.use.numRepeats()).toList();
  }

  /**
   * Requires data sets to train on beside those for regularisation, of the same sizes.
   *
   * @throws InvalidInputException (CONFIGURATION) naming the first that has none
   */
  public void requireTraining() {
    SetUse.requireTraining(sets());
  }

  /** The data sets for regularisation, with those that an epoch has as much of. */
  public List<SetBalance> balances() {
    return SetUse.balances(sets());
  }

  /**
   * Whether data sets have resolutions that differ, or may differ with another base model, whose
   * default only some of them have.
   */
  public boolean hasSeveralResolutions() {
    return sets().stream()
            .map(set -> List.of(set.resolution(), set.pictures.resolutionIsDefault()))
            .distinct()
            .count()
        > 1;
  }

  /** The largest {@link #resolution} of the data sets. */
  public int largestResolution() {
    return sets().stream().mapToInt(DataConfig::resolution).max().orElseThrow();
  }

  /** Whether there are several data sets, or one whose pictures are repeated. */
  public boolean isJoined() {
    return !others.isEmpty() || !use.equals(SetUse.ONCE);
  }

  /** The data sets' places. */
  public List<String> places() {
    return sets().stream().map(DataConfig::datasetName).toList();
  }

  /**
   * The same settings for one of the data sets of {@code --data_sets}.
   *
   * @param samples number of rows, drawn by the seed
   */
  public DataConfig set(
      String location,
      SplitChoice ofSet,
      ColumnConfig columnsOfSet,
      OptionalLong samples,
      PictureConfig look,
      SetUse useOfSet) {
    return with(
        copy -> {
          copy.location = location;
          copy.part = ofSet;
          copy.where = columnsOfSet;
          copy.samples = samples;
          copy.look = look;
          copy.used = useOfSet;
        });
  }

  /** The same settings for data sets in other places. */
  public DataConfig at(UnaryOperator<String> places) {
    return at(places.apply(datasetName))
        .with(copy -> copy.rest = others.stream().map(other -> other.at(places)).toList());
  }

  /** The same settings for a data set in another place. */
  public DataConfig at(String otherLocation) {
    return with(copy -> copy.location = otherLocation);
  }

  /** The same settings for the places that were found for others: a commit, or a table's copy. */
  public DataConfig inPlacesOf(DataConfig found) {
    return with(
        copy -> {
          copy.location = found.datasetName;
          copy.read = found.table;
          copy.rest =
              IntStream.range(0, others.size())
                  .mapToObj(i -> others.get(i).inPlacesOf(found.others.get(i)))
                  .toList();
        });
  }

  /** The settings on which latents and stored captions depend: no later changes of captions. */
  public DataConfig asEncoded() {
    return with(
        copy -> {
          copy.dropout = 0;
          copy.change = CaptionConfig.AS_IS;
          copy.rest = others.stream().map(DataConfig::asEncoded).toList();
        });
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
   * @param words the text that is put into a template
   */
  public DataConfig inTemplates(CaptionTemplates templates, String words) {
    return with(
        copy -> {
          copy.change = captions.in(templates);
          copy.rest = others.stream().map(it -> it.inTemplates(templates, words)).toList();
          copy.where =
              templates == CaptionTemplates.CAPTION ? columns : columns.with(Optional.of(words));
        });
  }

  /**
   * Settings for another data set whose pictures are held out: all of them, resized as those of the
   * first data set that is not for regularisation, without random changes.
   */
  public DataConfig heldOut(String otherLocation) {
    if (use.isRegularisation()) {
      return sets().stream()
          .filter(set -> !set.use.isRegularisation())
          .findFirst()
          .orElseThrow()
          .heldOut(otherLocation);
    }
    boolean own = captions.templates() == CaptionTemplates.CAPTION;
    return with(
        copy -> {
          copy.location = otherLocation;
          copy.look = pictures.with(false, false);
          copy.samples = OptionalLong.empty();
          copy.dropout = 0;
          copy.change = CaptionConfig.AS_IS;
          copy.where = (own ? columns.with(Optional.empty()) : columns).masked("");
          copy.subjects = "";
          copy.part = SplitChoice.HELD_OUT;
          copy.alone();
          copy.read = Optional.empty();
        });
  }

  /**
   * The same with the resolution that a family of models has by default, if no other was chosen.
   *
   * @throws InvalidInputException (CONFIGURATION) when the limits of buckets do not fit it
   */
  public DataConfig withDefaultResolution(int ofFamily) {
    boolean stays = !pictures.resolutionIsDefault();
    List<String> misfits =
        stays
            ? List.of()
            : pictures.shapes().misfits("--", ofFamily, " by default for this base model");
    if (!misfits.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.CONFIGURATION, misfits);
    }
    return with(
        copy -> {
          copy.look =
              stays || ofFamily == resolution()
                  ? pictures
                  : pictures.sized(ofFamily, false, pictures.shapes());
          copy.rest = others.stream().map(it -> it.withDefaultResolution(ofFamily)).toList();
        });
  }

  /** The same settings with another filter for resizing. */
  public DataConfig resizedBy(ImageInterpolation filter) {
    return with(
        copy -> {
          copy.look = pictures.resizedBy(filter);
          copy.rest = others.stream().map(it -> it.resizedBy(filter)).toList();
        });
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
          copy.where = columns.with(caption).masked("");
          copy.subjects = "";
          copy.part = SplitChoice.EVERYTHING;
          copy.alone();
          copy.read = Optional.empty();
        });
  }

  private DataConfig with(Consumer<Copy> changes) {
    Copy copy = new Copy();
    changes.accept(copy);
    return copy.made();
  }

  /** Builds a copy that differs in some fields. */
  private final class Copy {
    private String location = datasetName;
    private SplitChoice part = split;
    private Optional<TableConfig> read = table;
    private ColumnConfig where = columns;
    private OptionalLong samples = maxTrainSamples;
    private PictureConfig look = pictures;
    private double dropout = captionDropoutRate;
    private CaptionConfig change = captions;
    private String subjects = subjectColumn;
    private SetUse used = use;
    private List<DataConfig> rest = others;

    private void alone() {
      used = SetUse.ONCE;
      rest = List.of();
    }

    DataConfig made() {
      return new DataConfig(
          location,
          part,
          read,
          where,
          samples,
          look,
          dropout,
          change,
          onBadImage,
          subjects,
          seed,
          used,
          rest);
    }
  }

  /**
   * The settings that a resumed run must share, by flag. Other settings are part of the cache's
   * key.
   */
  public Map<String, String> recipe() {
    Map<String, String> recipe = FlagRecipe.of(this, this);
    recipe.putAll(captions.recipe());
    if (isJoined()) {
      recipe.put(
          "num_repeats of --data_sets",
          repeats().stream().map(String::valueOf).collect(Collectors.joining(",")));
    }
    if (!balances().isEmpty()) {
      recipe.put(
          "is_reg of --data_sets",
          sets().stream()
              .map(set -> String.valueOf(set.use.isRegularisation()))
              .collect(Collectors.joining(",")));
    }
    return recipe;
  }

  /** The resizing and cropping of a picture before it is encoded. */
  public TrainingTransform transform() {
    return pictures.transform(seed);
  }

  public String imageColumn() {
    return columns.image();
  }

  public String captionColumn() {
    return columns.caption();
  }

  public String captionExtension() {
    return columns.extension();
  }

  public Optional<String> prompt() {
    return columns.prompt();
  }

  public int resolution() {
    return pictures.resolution();
  }

  public AspectRatioBuckets buckets() {
    return pictures.buckets();
  }

  public boolean centerCrop() {
    return pictures.centerCrop();
  }

  public boolean randomFlip() {
    return pictures.randomFlip();
  }

  public ImageInterpolation interpolation() {
    return pictures.interpolation();
  }

  public boolean alphaMask() {
    return pictures.alphaMask();
  }
}
