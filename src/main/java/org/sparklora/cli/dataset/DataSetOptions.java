package org.sparklora.cli.dataset;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.sparklora.cli.config.FlowMapping;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.TakesMappings;
import org.sparklora.data.DataConfig;
import org.sparklora.data.image.BucketConfig;
import org.sparklora.util.InvalidInputException;
import picocli.CommandLine.Option;

/** Several data sets of one run. */
public final class DataSetOptions {
  static final String FLAG = "--data_sets";

  @Option(
      names = FLAG,
      paramLabel = "FOLDER|{...}",
      description = {
        "One of several data sets to train on; repeatable. A folder, or settings in braces, such as"
            + " {dataset_name: photos, num_repeats: 10, instance_prompt: a sks dog}.",
        "In a file: a list of mappings. A mapping may have dataset_name, num_repeats,"
            + " dataset_config_name, dataset_split, image_column, caption_column,"
            + " caption_extension, instance_prompt, max_train_samples, center_crop, random_flip,"
            + " alpha_mask, conditioning_data_dir, resolution, enable_bucket, min_bucket_reso,"
            + " max_bucket_reso, bucket_reso_steps, bucket_no_upscale and is_reg. What it leaves"
            + " out is as for all."
      })
  @TakesMappings
  private List<String> dataSets = new ArrayList<>();

  boolean isGiven() {
    return !dataSets.isEmpty();
  }

  /**
   * The data sets as they were given.
   *
   * @param common settings of all
   * @param sizes of the buckets of all
   */
  DataConfig config(Problems problems, DataConfig common, BucketConfig sizes) {
    List<DataConfig> sets = new ArrayList<>();
    for (String text : dataSets) {
      try {
        Map<String, String> values =
            FlowMapping.isOne(text)
                ? FlowMapping.read(FLAG, text)
                : Map.of(DataSetValues.NAME, text);
        sets.add(new DataSetValues(problems, text, values).config(common, sizes));
      } catch (InvalidInputException e) {
        e.problems().forEach(problems::add);
      }
    }
    for (DataConfig set : new LinkedHashSet<>(sets)) {
      boolean once = sets.stream().filter(set::equals).count() == 1;
      problems.require(
          once,
          FLAG,
          set.datasetName(),
          "it is there twice; num_repeats says how often it is used");
    }
    if (sets.isEmpty()) {
      return common;
    }
    DataConfig all = DataConfig.of(sets);
    boolean mayChange =
        sets.stream().map(set -> set.pictures().resolutionIsDefault()).distinct().count() > 1;
    if (!mayChange) { // else it is checked once the base model, and so its default, is known
      try {
        all.requireTraining();
      } catch (InvalidInputException e) {
        e.problems().forEach(problems::add);
      }
    }
    return all;
  }
}
