package org.sparklora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.data.file.SplitChoice;
import org.sparklora.data.parquet.DataFile;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.data.row.ParquetDataset;
import org.sparklora.data.row.PictureDataset;
import org.sparklora.util.InvalidInputException;

/**
 * Which files {@code configs:} in a README.md chooses. The right values are those of {@code
 * datasets.load_dataset_builder(folder, name).config.data_files}.
 */
class DatasetCardTest {
  private static final Configuration CONFIGURATION = new Configuration();

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          data_files: a/one.parquet                         | a/one.parquet
          data_files: 'a/*.parquet'                         | a/one.parquet a/two.parquet
          data_files: '**/t*.parquet'                       | a/two.parquet top.parquet
          data_files: '*.parquet'                           | top.parquet
          data_files: 'a/t?o.parquet'                       | a/two.parquet
          data_files: '[at]*/[ab]*/*.parquet'               | a/b/deep.parquet
          data_files: [a/one.parquet, top.parquet]          | a/one.parquet top.parquet
          data_files: 'a/*'                                 | a/one.parquet a/two.parquet
          data_files: 'a/**'                                | a/b/deep.parquet a/one.parquet a/two.parquet
          data_files: './a/one.parquet'                     | a/one.parquet
          data_files: [{split: train, path: [top.parquet]}] | top.parquet
          data_dir: a/b                                     | a/b/deep.parquet
          data_files: '*.parquet', data_dir: a              | a/one.parquet a/two.parquet
          """)
  void aConfigurationChoosesItsFiles(String config, String expected) throws IOException {
    files("a/one.parquet", "a/two.parquet", "a/b/deep.parquet", "top.parquet");
    card("{config_name: default, " + config + "}");
    assertThat(names(open(folder))).containsExactly(expected.split(" ", -1));
  }

  @Test
  void filesOfOtherConfigurationsAreNotTrainedOnAndNamed() throws IOException {
    files("cats/data.parquet", "dogs/data.parquet", "extra.parquet");
    card(
        "{config_name: cats, data_dir: cats}",
        "{config_name: dogs, default: true, data_dir: dogs}");
    ImageDataset dataset = open(folder);
    assertThat(names(dataset)).containsExactly("dogs/data.parquet");
    assertThat(dataset.remarks())
        .anyMatch(
            remark ->
                remark.startsWith("The configuration dogs of ")
                    && remark.endsWith("2 files: cats/data.parquet, extra.parquet"));
  }

  @Test
  void theLastPartOfALocationNamesAConfiguration() throws IOException {
    files("one.parquet", "two.parquet");
    card("{config_name: small, data_files: one.parquet}", "{config_name: all, data_files: '*'}");
    assertThat(names(open(folder.resolve("small")))).containsExactly("one.parquet");
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("README.md lists small, all and no default; name one at the end")
        .hasMessageEndingWith("/small");
    assertThatThrownBy(() -> open(folder.resolve("large")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Missing data set: ");
  }

  @Test
  void splitsAreThoseOfTheCardNotOfTheNames() throws IOException {
    files("training.parquet", "more.parquet");
    card(
        "{config_name: default, data_files: [{split: train, path: more.parquet},"
            + " {split: held, path: training.parquet}]}");
    assertThat(names(open(folder))).containsExactly("more.parquet");
    assertThat(names(open(folder, SplitChoice.named("held")))).containsExactly("training.parquet");
    assertThatThrownBy(() -> open(folder, SplitChoice.named("test")))
        .hasMessageContaining("has no split test, it has train (1 file: more.parquet), held");
  }

  @Test
  void aPatternThatNothingMatchesIsNamed() throws IOException {
    files("one.parquet");
    card("{config_name: default, data_files: 'two*'}");
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("has no file of its configuration default")
        .hasMessageEndingWith("data_files {train=[two*]}");
  }

  @Test
  void aCardWithoutConfigurationsChangesNothing() throws IOException {
    files("one.parquet", "two.parquet");
    for (String card :
        List.of("", "# configs:\n", "---\nlicense: mit\n---\nconfigs: no\n", "---\n")) {
      Files.writeString(folder.resolve("README.md"), card);
      assertThat(names(open(folder))).hasSize(2);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {config_name: x, data_files: {train: 7}}       | data_files has {train=7} in place of patterns
          {config_name: x, data_files: [{split: train}]} | an entry of data_files has no path
          {data_files: x}                                | an entry has no config_name
          {config_name: [                                | while parsing a flow
          """)
  void aHeadThatCannotBeReadIsRefused(String config, String why) throws IOException {
    files("one.parquet");
    Files.writeString(folder.resolve("README.md"), "---\nconfigs:\n- " + config + "\n---\n");
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("README.md has configs that cannot be read: ")
        .hasMessageContaining(why);
  }

  @Test
  void picturesFollowTheCardUnlessEveryPictureIsAsked() throws IOException {
    for (String name : List.of("a/x.png", "b/y.png")) {
      Path picture = folder.resolve(name);
      Files.createDirectories(picture.getParent());
      Files.write(picture, TestDataset.png(8, 8, 0));
      Files.writeString(folder.resolve(name.replace(".png", ".txt")), "a picture");
    }
    card("{config_name: b, data_dir: b}");
    assertThat(open(folder))
        .isInstanceOfSatisfying(PictureDataset.class, it -> assertThat(it.rows()).isEqualTo(1));
    assertThat(open(folder, SplitChoice.EVERY_PICTURE).rows()).isEqualTo(2);
  }

  private void card(String... configs) throws IOException {
    StringBuilder text = new StringBuilder("---\nlicense: mit\nconfigs:\n");
    for (String config : configs) {
      text.append("- ").append(config).append('\n');
    }
    Files.writeString(folder.resolve("README.md"), text + "---\n# A data set\n");
  }

  private void files(String... names) throws IOException {
    for (String name : names) {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      TestDataset.write(
          file,
          TestDataset.HUGGING_FACE,
          List.of(TestDataset.row(TestDataset.png(8, 8, 0), "a picture")));
    }
  }

  private static List<String> names(ImageDataset dataset) {
    return ((ParquetDataset) dataset).files().stream().map(DataFile::name).toList();
  }

  private static ImageDataset open(Path location) {
    return open(location, SplitChoice.TRAIN);
  }

  private static ImageDataset open(Path location, SplitChoice split) {
    return new DatasetFolder(CONFIGURATION)
        .open(TestDataset.ofSplit(TestDataset.config(location.toString(), 8), split));
  }
}
