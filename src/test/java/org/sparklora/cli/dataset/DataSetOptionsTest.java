package org.sparklora.cli.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.cli.Application;
import org.sparklora.data.DataConfig;
import org.sparklora.data.file.SplitChoice;
import org.sparklora.data.image.AspectRatioBuckets;
import org.sparklora.data.order.SetBalance;
import org.sparklora.spark.run.TrainingConfig;

class DataSetOptionsTest {
  @TempDir private Path folder;
  private final StringWriter err = new StringWriter();
  private final List<TrainingConfig> started = new ArrayList<>();

  @Test
  void eachDataSetHasItsOwnSettingsAndTheCommonOnes() {
    DataConfig data =
        data(
            "--data_sets={dataset_name: /photos, num_repeats: 10, instance_prompt: \"a dog,"
                + " here\"}",
            "--data_sets=/scans",
            "--data_sets={dataset_name: /drawings, caption_extension: txt, max_train_samples: 5,"
                + " random_flip: true, center_crop: false, dataset_split: test}",
            "--center_crop",
            "--caption_extension=.caption",
            "--caption_dropout_rate=0.1");
    assertThat(data.places())
        .containsExactly("file:///photos", "file:///scans", "file:///drawings");
    assertThat(data.repeats()).containsExactly(10, 1, 1);
    assertThat(data.prompt()).contains("a dog, here");
    DataConfig scans = data.sets().get(1);
    assertThat(scans.prompt()).isEqualTo(Optional.empty());
    assertThat(scans.captionExtension()).isEqualTo(".caption");
    assertThat(scans.centerCrop()).isTrue();
    assertThat(scans.captionDropoutRate()).isEqualTo(0.1);
    DataConfig drawings = data.sets().get(2);
    assertThat(drawings.captionExtension()).isEqualTo(".txt");
    assertThat(drawings.maxTrainSamples()).isEqualTo(OptionalLong.of(5));
    assertThat(drawings.randomFlip()).isTrue();
    assertThat(drawings.centerCrop()).isFalse();
    assertThat(drawings.split()).isEqualTo(SplitChoice.named("test"));
    assertThat(data.recipe()).containsEntry("num_repeats of --data_sets", "10,1,1");
  }

  @Test
  void captionsAreReadInPiecesOf75Tokens() {
    data("--dataset_name=/d", "--max_token_length=225");
    data("--dataset_name=/d");
    assertThat(started).extracting(config -> config.model().textPieces()).containsExactly(3, 1);
  }

  @Test
  void aDataSetHasItsOwnMasksOrThoseOfAll() {
    DataConfig data =
        data(
            "--data_sets={dataset_name: /photos, conditioning_data_dir: /masks/photos}",
            "--data_sets=/scans",
            "--conditioning_data_dir=/masks/scans");
    assertThat(data.sets())
        .extracting(set -> set.columns().masks())
        .containsExactly("file:///masks/photos", "file:///masks/scans");
    assertThat(data.heldOut("/other").columns().masks()).isEmpty();
  }

  @Test
  void aFileHasThemAsAListOfMappings() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("run.yaml"),
            """
            data:
              data_sets:
                - dataset_name: /photos
                  num_repeats: 10
                  instance_prompt: "a \\"sks\\" dog: red, {here}"
                - /scans
            """);
    DataConfig data = data("--config=" + file);
    assertThat(data.places()).containsExactly("file:///photos", "file:///scans");
    assertThat(data.prompt()).contains("a \"sks\" dog: red, {here}");
    Path one = Files.writeString(folder.resolve("one.yaml"), "data_sets: {dataset_name: /scans}");
    assertThat(data("--config=" + one).places()).containsExactly("file:///scans");
  }

  @Test
  void withoutEnlargingTheLimitsOfSidesDoNotMatter() {
    DataConfig data =
        data("--data_sets=/a", "--resolution=128", "--enable_bucket", "--bucket_no_upscale");
    assertThat(data.buckets().ownSteps()).isEqualTo(64);
    assertThat(run("--data_sets=/a", "--resolution=128", "--enable_bucket")).isEqualTo(2);
    assertThat(
            run(
                "--data_sets=/a",
                "--resolution=128",
                "--enable_bucket",
                "--bucket_no_upscale",
                "--bucket_reso_steps=256"))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("Invalid --min_bucket_reso: 256; it must be at most --resolution, 128")
        .contains("Invalid --bucket_reso_steps: 256; it must be at most --resolution, 128");
  }

  @Test
  void oneFolderIsReadAtTwoResolutions() {
    DataConfig data =
        data(
            "--data_sets=/photos",
            "--data_sets={dataset_name: /photos, resolution: 768, max_bucket_reso: 1536}",
            "--data_sets={dataset_name: /photos, enable_bucket: false}",
            "--enable_bucket",
            "--bucket_reso_steps=32");
    assertThat(data.sets()).extracting(DataConfig::resolution).containsExactly(512, 768, 512);
    assertThat(data.sets())
        .extracting(DataConfig::buckets)
        .containsExactly(
            AspectRatioBuckets.of(512, 256, 1024, 32),
            AspectRatioBuckets.of(768, 256, 1536, 32),
            AspectRatioBuckets.NONE);
    assertThat(data.largestResolution()).isEqualTo(768);
  }

  @Test
  void aResolutionOfItsOwnIsKeptWhereOthersHaveThatOfTheModel() {
    DataConfig data =
        data("--data_sets={dataset_name: /a, resolution: 512}", "--data_sets=/b")
            .withDefaultResolution(1024);
    assertThat(data.sets()).extracting(DataConfig::resolution).containsExactly(512, 1024);
  }

  @Test
  void regularisationBelongsToDataSetsOfItsSizes() {
    DataConfig data =
        data(
            "--data_sets={dataset_name: /class, is_reg: true, num_repeats: 2}",
            "--data_sets={dataset_name: /dog, num_repeats: 10}",
            "--data_sets={dataset_name: /dog, resolution: 768}",
            "--data_sets={dataset_name: /class, is_reg: true, resolution: 768}",
            "--prior_loss_weight=0.5");
    assertThat(data.balances())
        .containsExactly(
            new SetBalance(List.of(1), List.of(0)), new SetBalance(List.of(2), List.of(3)));
    assertThat(data.recipe())
        .containsEntry("is_reg of --data_sets", "true,false,false,true")
        .containsEntry("num_repeats of --data_sets", "2,10,1,1");
    assertThat(started.get(0).objective().loss().priorWeight()).isEqualTo(0.5);
    assertThat(started.get(0).weighsPrior()).isTrue();
  }

  @Test
  void oneThatIsNotRepeatedIsADataSetAsEver() {
    DataConfig data = data("--data_sets=/photos");
    assertThat(data).isEqualTo(data("--dataset_name=/photos"));
    assertThat(started.get(0).weighsPrior()).isFalse();
    assertThat(data.isJoined()).isFalse();
    assertThat(data.recipe())
        .doesNotContainKeys("num_repeats of --data_sets", "is_reg of --data_sets");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {num_repeats: 2}                          | Missing dataset_name in --data_sets
          {dataset_name: /a, num_repeats: 0}        | Invalid --data_sets num_repeats: 0
          {dataset_name: /a, num_repeats: x}        | it must be a whole number from 1 to 1000000
          {dataset_name: /a, num_repeat: 2}         | did you mean num_repeats?
          {dataset_name: /a, seed: 512}             | other flags hold for all data sets
          {dataset_name: /a, resolution: 500}       | Invalid --data_sets resolution: 500; it must be a positive multiple of 8
          {dataset_name: /a, resolution: 128, enable_bucket: true} | Invalid --data_sets min_bucket_reso: 256; it must be at most
          {dataset_name: /a, is_reg: true}          | Invalid --data_sets is_reg: file:///a; it goes with a data set to train on
          {dataset_name: /a, random_flip: maybe}    | it must be true or false
          {dataset_name: /a, instance_prompt: ' '}  | Invalid --data_sets instance_prompt: empty
          {dataset_name: /a, instance_prompt: [x]}  | instance_prompt of {dataset_name: /a
          {dataset_name: /a, dataset_name: /b}      | Duplicate dataset_name in --data_sets
          {dataset_name: https://host/a}            | Unsupported --data_sets dataset_name: https://host/a is on the web
          {dataset_name: s3://b/a}                  | write s3a://b/a
          {dataset_name: /a, conditioning_data_dir: hf://datasets/a/b} | masks are read from a folder
          {dataset_name: /a                         | Invalid --data_sets:1: this is no YAML
          """)
  void whatIsWrongWithOneIsSaid(String set, String error) {
    assertThat(run("--data_sets=" + set)).isEqualTo(2);
    assertThat(err.toString()).contains(error);
  }

  @Test
  void flagsOfOneDataSetAreRefusedBesideThem() {
    assertThat(
            run(
                "--data_sets=/a",
                "--data_sets=/a",
                "--dataset_name=/b",
                "--max_train_samples=3",
                "--dataset_format=csv"))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("Invalid --data_sets: file:///a; it is there twice; num_repeats says")
        .contains("Unsupported --dataset_name: it is of one data set")
        .contains("Unsupported --max_train_samples: it is of one data set")
        .contains("Unsupported --dataset_format: a table is one data set");
  }

  @Test
  void dataSetsForRegularisationAreCheckedAtTheSizesOfTheBaseModel() {
    DataConfig apart =
        data(
            "--data_sets={dataset_name: /a, resolution: 512}",
            "--data_sets={dataset_name: /b, is_reg: true}");
    assertThatCode(() -> apart.withDefaultResolution(512).requireTraining())
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> apart.withDefaultResolution(1024).requireTraining())
        .hasMessageContaining("Invalid --data_sets is_reg: file:///b; it goes with a data set");
    DataConfig together =
        data(
            "--data_sets={dataset_name: /a, resolution: 1024}",
            "--data_sets={dataset_name: /b, is_reg: true}");
    assertThatCode(() -> together.withDefaultResolution(1024).requireTraining())
        .doesNotThrowAnyException();
  }

  @Test
  void heldOutPicturesAreAsThoseOfADataSetToTrainOn() {
    DataConfig sets =
        data(
            "--data_sets={dataset_name: /a, is_reg: true, caption_column: c}",
            "--data_sets={dataset_name: /b, caption_column: d}");
    assertThat(sets.heldOut("/v").columns().caption()).isEqualTo("d");
  }

  private DataConfig data(String... flags) {
    assertThat(run(flags)).as(err.toString()).isZero();
    return started.get(started.size() - 1).data();
  }

  private int run(String... flags) {
    List<String> args = new ArrayList<>(List.of("train", "--pretrained_model_name_or_path=/sd"));
    args.addAll(List.of(flags));
    PrintWriter out = new PrintWriter(new StringWriter());
    return Application.commandLine(started::add, config -> {}, out, new PrintWriter(err, true))
        .execute(args.toArray(new String[0]));
  }
}
