package org.sparklora.cli.kohya;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sparklora.cli.command.TrainCommand;
import picocli.CommandLine;

/** The table of their settings is whole, and page and program agree with it. */
class KohyaKeyTest {
  private static final Map<String, KohyaKey> KEYS = KohyaKey.all();

  /** Of [general], [[datasets]] and [[datasets.subsets]], as their page on data sets has them. */
  private static final List<String> OF_DATA_SETS =
      List.of(
          "batch_size",
          "bucket_no_upscale",
          "bucket_reso_steps",
          "enable_bucket",
          "max_bucket_reso",
          "min_bucket_reso",
          "resolution",
          "skip_image_resolution",
          "color_aug",
          "face_crop_aug_range",
          "flip_aug",
          "keep_tokens",
          "num_repeats",
          "random_crop",
          "shuffle_caption",
          "caption_prefix",
          "caption_suffix",
          "caption_separator",
          "keep_tokens_separator",
          "secondary_separator",
          "enable_wildcard",
          "resize_interpolation",
          "image_dir",
          "caption_extension",
          "class_tokens",
          "cache_info",
          "is_reg",
          "metadata_file",
          "caption_dropout_every_n_epochs",
          "caption_dropout_rate",
          "caption_tag_dropout_rate",
          "alpha_mask",
          "conditioning_data_dir");

  @Test
  void everySettingOfTheirScriptIsKnown() throws IOException {
    List<String> theirs =
        Files.readAllLines(Path.of("src/test/resources/flags/kohya_train_network.txt"));
    assertThat(theirs).hasSizeGreaterThan(150);
    assertThat(KEYS.keySet()).containsAll(theirs.subList(1, theirs.size()));
    assertThat(KEYS.keySet()).containsAll(OF_DATA_SETS);
  }

  @Test
  void whatMeansTheSameIsAFlagOfTrain() {
    CommandLine train = new CommandLine(new TrainCommand(config -> {}));
    assertThat(KEYS.values())
        .filteredOn(key -> key.how() == KohyaKey.How.SAME)
        .hasSizeGreaterThan(30)
        .allSatisfy(
            key ->
                assertThat(train.getCommandSpec().findOption("--" + key.flag()))
                    .as(key.name())
                    .isNotNull());
  }

  @Test
  void whatHasNoEqualHasAReason() {
    assertThat(KEYS.values())
        .filteredOn(key -> key.how() != KohyaKey.How.SAME)
        .allSatisfy(key -> assertThat(key.why()).as(key.name()).hasSizeGreaterThan(3));
  }

  @Test
  void thePageForTheirUsersNamesEveryone() throws IOException {
    String page = Files.readString(Path.of("src/docs/coming-from-kohya.md"));
    assertThat(KEYS.keySet())
        .allSatisfy(name -> assertThat(page).containsPattern("`(--)?" + name + "`"));
  }
}
