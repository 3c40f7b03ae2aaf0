package org.sparklora.cli.dataset;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.sparklora.cli.check.LocationSchemes;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.cli.option.HubNames;
import org.sparklora.cli.target.Location;
import org.sparklora.data.ColumnConfig;
import org.sparklora.data.DataConfig;
import org.sparklora.data.PictureConfig;
import org.sparklora.data.SetUse;
import org.sparklora.data.file.SplitChoice;
import org.sparklora.data.image.BucketConfig;
import org.sparklora.hub.HubUri;
import org.sparklora.util.NearestName;

/**
 * The settings of one data set among several.
 *
 * @param text as it was given, for errors
 * @param values by the names of the flags
 */
record DataSetValues(Problems problems, String text, Map<String, String> values) {
  static final String NAME = "dataset_name";
  private static final String REPEATS = "num_repeats";
  private static final String RESOLUTION = "resolution";
  private static final String REGULARISATION = "is_reg";
  private static final String MASKS = "conditioning_data_dir";
  private static final long MOST_REPEATS = 1_000_000;

  /** What may differ between data sets. */
  private static final List<String> KNOWN =
      List.of(
          NAME,
          REPEATS,
          "dataset_config_name",
          "dataset_split",
          "image_column",
          "caption_column",
          "caption_extension",
          "instance_prompt",
          "max_train_samples",
          "center_crop",
          "random_flip",
          "alpha_mask",
          MASKS,
          RESOLUTION,
          "enable_bucket",
          "min_bucket_reso",
          "max_bucket_reso",
          "bucket_reso_steps",
          "bucket_no_upscale",
          REGULARISATION);

  /** What decides the sizes of pictures. */
  private static final List<String> SIZES =
      KNOWN.subList(KNOWN.indexOf(RESOLUTION), KNOWN.indexOf(REGULARISATION));

  /**
   * The data set.
   *
   * @param common settings of all
   * @param sizes of the buckets of all
   */
  DataConfig config(DataConfig common, BucketConfig sizes) {
    values.keySet().forEach(this::requireKnown);
    values.forEach(
        (name, value) -> problems.require(!value.isBlank(), flag(name), "empty", "say something"));
    problems.missing(!values.containsKey(NAME), NAME + " in " + flag(text), "the data set's place");
    for (String place : List.of(NAME, MASKS)) {
      given(place)
          .flatMap(value -> LocationSchemes.problem(flag(place), value))
          .ifPresent(problems::add);
    }
    String name = values.getOrDefault(NAME, "");
    ColumnConfig columns = common.columns();
    PictureConfig look = sized(common.pictures(), sizes);
    return common.set(
        name.isEmpty()
            ? ""
            : HubNames.dataset(problems, name, values.getOrDefault("dataset_config_name", "")),
        given("dataset_split").map(SplitChoice::named).orElse(common.split()),
        new ColumnConfig(
            given("image_column").orElse(columns.image()),
            given("caption_column").orElse(columns.caption()),
            given("caption_extension").orElse(columns.extension()),
            given("instance_prompt").or(columns::prompt),
            given(MASKS).map(value -> masks(problems, flag(MASKS), value)).orElse(columns.masks())),
        values.containsKey("max_train_samples")
            ? OptionalLong.of(number("max_train_samples", Integer.MAX_VALUE, 1))
            : OptionalLong.empty(),
        new PictureConfig(
            look.resolution(),
            look.resolutionIsDefault(),
            look.shapes(),
            isOn("center_crop", look.centerCrop()),
            isOn("random_flip", look.randomFlip()),
            look.interpolation(),
            isOn("alpha_mask", look.alphaMask())),
        new SetUse((int) number(REPEATS, MOST_REPEATS, 1), isOn(REGULARISATION, false)));
  }

  /** Sizes of this data set's own, or those of all where it says nothing of sizes. */
  private PictureConfig sized(PictureConfig common, BucketConfig sizes) {
    if (SIZES.stream().noneMatch(values::containsKey)) {
      return common;
    }
    int found = problems.count();
    int resolution = side(RESOLUTION, common.resolution());
    BucketConfig own =
        new BucketConfig(
            isOn("enable_bucket", sizes.enabled()),
            side("min_bucket_reso", sizes.least()),
            side("max_bucket_reso", sizes.most()),
            side("bucket_reso_steps", sizes.step()),
            isOn("bucket_no_upscale", sizes.noUpscale()));
    if (!own.enabled()) {
      FlagLog.noEffect(
          SIZES.stream()
              .filter(values::containsKey)
              .filter(name -> !name.equals(RESOLUTION) && !name.equals("enable_bucket"))
              .map(name -> DataSetOptions.FLAG + " " + name)
              .toList(),
          "without enable_bucket");
    }
    SizeRules rules = new SizeRules(problems, DataSetOptions.FLAG + " ");
    rules.square(resolution);
    boolean isDefault = common.resolutionIsDefault() && !values.containsKey(RESOLUTION);
    OptionalInt chosen = isDefault ? OptionalInt.empty() : OptionalInt.of(resolution);
    return common.sized(
        resolution,
        isDefault,
        own.enabled() && problems.count() == found
            ? rules.buckets(own, chosen)
            : BucketConfig.NONE);
  }

  private int side(String name, int common) {
    return (int) number(name, BucketConfig.MOST_PIXELS, common);
  }

  /** The folder of masks, which is read as it is: what the Hub holds is not pinned for it. */
  static String masks(Problems problems, String flag, String value) {
    problems.require(
        !HubUri.isHub(value), flag, value, "masks are read from a folder: give a path or a URI");
    return Location.resolve(value);
  }

  private void requireKnown(String name) {
    if (!KNOWN.contains(name)) {
      List<String> names = new ArrayList<>(KNOWN);
      problems.add(
          "Unknown "
              + name
              + " in "
              + flag(text)
              + NearestName.likely(name, names)
                  .map(near -> "; did you mean " + near + "?")
                  .orElse("")
              + "; a data set has "
              + String.join(", ", KNOWN)
              + "; other flags hold for all data sets");
    }
  }

  private Optional<String> given(String name) {
    return Optional.ofNullable(values.get(name)).filter(value -> !value.isBlank());
  }

  private long number(String name, long most, long common) {
    String value = values.getOrDefault(name, String.valueOf(common));
    try {
      long number = Long.parseLong(value.strip());
      if (number >= 1 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // it is said below
    }
    problems.require(false, flag(name), value, "it must be a whole number from 1 to " + most);
    return 1;
  }

  private boolean isOn(String name, boolean common) {
    String value = values.getOrDefault(name, String.valueOf(common)).toLowerCase(Locale.ROOT);
    problems.require(
        value.equals("true") || value.equals("false"),
        flag(name),
        value,
        "it must be true or false");
    return value.equals("true");
  }

  private static String flag(String name) {
    return DataSetOptions.FLAG + " " + name;
  }
}
