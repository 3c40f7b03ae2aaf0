package org.sparklora.cli.dataset;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.RecordFlags;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.cli.option.HubNames;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.cli.target.Location;
import org.sparklora.data.ColumnConfig;
import org.sparklora.data.DataConfig;
import org.sparklora.data.PictureConfig;
import org.sparklora.data.SetUse;
import org.sparklora.data.TableConfig;
import org.sparklora.data.caption.CaptionConfig;
import org.sparklora.data.file.SplitChoice;
import org.sparklora.data.image.BucketConfig;
import org.sparklora.flag.WholeNumber;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Pictures and captions. */
public final class DataOptions {
  private static final String DATASET = "--dataset_name";
  private static final int RESOLUTION = 512;

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

  @Mixin private DataSetOptions sets = new DataSetOptions();

  private final RecordFlags<ColumnConfig> columns = new RecordFlags<>(ColumnConfig.USUAL);
  private final RecordFlags<BucketConfig> buckets = new RecordFlags<>(BucketConfig.NONE);
  private final RecordFlags<PictureConfig> pictures;
  private final RecordFlags<DataConfig> flags;

  @Mixin(name = "pictures")
  final CommandSpec options;

  @Option(
      names = "--conditioning_data_dir",
      paramLabel = "FOLDER",
      description =
          "Folder with a mask for each picture file, of its name and size. Errors are weighed by"
              + " the mask's red channel, so that nothing is learnt where it is black.")
  private String conditioningDataDir = "";

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
    PictureConfig usual =
        new PictureConfig(
            RESOLUTION,
            true,
            BucketConfig.NONE,
            false,
            defaults.randomFlip(),
            defaults.interpolation(),
            false);
    this.pictures = new RecordFlags<>(usual);
    this.flags = new RecordFlags<>(DataConfig.of("", usual, 0));
    this.options =
        RecordFlags.together(
            columns.options(),
            flags.options("maxTrainSamples"),
            pictures.options("resolution"),
            buckets.options(),
            pictures.options("centerCrop", "randomFlip"),
            flags.options("captionDropoutRate"),
            pictures.options("interpolation", "alphaMask"),
            flags.options("onBadImage"));
  }

  public Optional<String> latentCacheDir() {
    return latentCacheDir.isEmpty()
        ? Optional.empty()
        : Optional.of(Location.resolve(latentCacheDir));
  }

  public DataConfig config(Problems problems, long seed, CaptionConfig captions) {
    problems.missing(
        datasetName.isEmpty() && !sets.isGiven(),
        dataFlag,
        "the folder of the pictures to train on");
    PictureConfig look = pictures(problems);
    ColumnConfig where = columns.value(problems).masked(masks(problems));
    problems.missing(where.image().isBlank(), "--image_column", "the name of a column");
    problems.missing(where.caption().isBlank(), "--caption_column", "the name of a column");
    Optional<TableConfig> table = tables.table(problems, datasetName);
    problems.require(
        where.prompt().filter(String::isBlank).isEmpty(),
        "--instance_prompt",
        "empty",
        "it must say something");
    DataConfig given = flags.value(problems);
    DataConfig common =
        new DataConfig(
            table.isPresent()
                ? table.get().name()
                : sets.isGiven() ? "" : HubNames.dataset(problems, datasetName, datasetConfigName),
            split(problems),
            table,
            where,
            given.maxTrainSamples(),
            look,
            given.captionDropoutRate(),
            captions,
            given.onBadImage(),
            "",
            seed,
            SetUse.ONCE,
            List.of());
    if (!sets.isGiven()) {
      return common;
    }
    refuseBesideSets(problems, given);
    return sets.config(problems, common, buckets.value(problems));
  }

  private String masks(Problems problems) {
    return conditioningDataDir.isEmpty()
        ? ""
        : DataSetValues.masks(problems, "--conditioning_data_dir", conditioningDataDir);
  }

  /** Flags that say something of one data set, and so of none of several. */
  private void refuseBesideSets(Problems problems, DataConfig given) {
    String why = "it is of one data set; write it into the braces of " + DataSetOptions.FLAG;
    problems.unsupported(!datasetName.isEmpty(), DATASET, why);
    problems.unsupported(!datasetConfigName.isEmpty(), "--dataset_config_name", why);
    problems.unsupported(given.maxTrainSamples().isPresent(), "--max_train_samples", why);
    problems.unsupported(
        tables.isGiven(),
        "--dataset_format",
        "a table is one data set: give --dataset_name without " + DataSetOptions.FLAG);
  }

  private PictureConfig pictures(Problems problems) {
    PictureConfig given = pictures.value(problems);
    int resolution = given.resolution();
    SizeRules rules = new SizeRules(problems, "--");
    rules.square(resolution);
    boolean isDefault = pictures.given("--resolution").isEmpty();
    OptionalInt chosen = isDefault ? OptionalInt.empty() : OptionalInt.of(resolution);
    return given.sized(resolution, isDefault, shapes(rules, chosen));
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

  /**
   * The limits of buckets.
   *
   * @param resolution empty where the base model decides it, and whether the limits fit it
   */
  private BucketConfig shapes(SizeRules rules, OptionalInt resolution) {
    BucketConfig given = buckets.value(rules.problems());
    if (!given.enabled()) {
      if (!given.hasUsualSides() && !sets.isGiven()) {
        FlagLog.warn(
            "--min_bucket_reso, --max_bucket_reso, --bucket_reso_steps and --bucket_no_upscale have"
                + " no effect without --enable_bucket");
      }
      return BucketConfig.NONE;
    }
    return rules.buckets(given, resolution);
  }
}
