package org.sparklora.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.cli.CommandRun;
import org.sparklora.cli.check.Numbers;
import org.sparklora.data.TestDataset;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.tune.Sweep;
import org.sparklora.spark.tune.Trial;
import picocli.CommandLine;

class TuneCommandTest {
  private static final List<String> REQUIRED =
      List.of(
          "--pretrained_model_name_or_path=/m",
          "--dataset_name=/d",
          "--validation_split=0.1",
          "--max_train_steps=8");

  @TempDir private Path folder;

  private static Sweep sweep(String... flags) {
    List<Sweep> made = new ArrayList<>();
    CommandLine tune = new CommandLine(new TuneCommand((config, sweep) -> made.add(sweep)));
    Numbers.register(tune);
    String[] args = Stream.concat(REQUIRED.stream(), Stream.of(flags)).toArray(String[]::new);
    assertThat(tune.execute(args)).isZero();
    return made.get(0);
  }

  private static String refused(String... flags) {
    List<Object> args = new ArrayList<>(List.of("tune"));
    args.addAll(REQUIRED);
    args.addAll(List.of(flags));
    CommandRun run = CommandRun.of(args.toArray());
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    return run.err();
  }

  @Test
  void aFlagIsSearchedOnceWhateverItsName() {
    assertThat(refused("--search=rank=4,8", "--search=rank=16"))
        .contains("Invalid --search: rank; the flag is there twice; give all its values at once");
    assertThat(refused("--search=alpha_mask=true", "--search=masked_loss=false"))
        .contains("Invalid --search: alpha_mask; the flag is there twice");
    assertThat(refused("--search=rank")).contains("Invalid --search: rank; it must be FLAG=VALUES");
  }

  @Test
  void aFileMayHaveTheSearchAsAMappingOrAsAList() throws IOException {
    Path mapping = folder.resolve("mapping.yaml");
    Files.writeString(mapping, "search:\n  learning_rate: 1e-3,1e-4\n  rank: 2,4\n");
    Path list = folder.resolve("list.yaml");
    Files.writeString(list, "search: [\"learning_rate=1e-3,1e-4\", \"rank=2,4\"]\n");
    assertThat(flags(sweep("--config=" + mapping)))
        .hasSize(4)
        .isEqualTo(flags(sweep("--config=" + list)))
        .isEqualTo(flags(sweep("--search=learning_rate=1e-3,1e-4", "--search=rank=2,4")));
    Files.writeString(mapping, "search:\n  rank: 2,4\n  rank: 8\n");
    assertThat(refused("--config=" + mapping)).contains("Invalid --search: rank");
  }

  private static List<Map<String, String>> flags(Sweep sweep) {
    return sweep.trials().stream().map(Trial::flags).toList();
  }

  @Test
  void flagsThatChangeTheLatentsAreSearchedToo() {
    Sweep sweep =
        sweep("--search=resolution=64,128", "--search=caption_prefix=a ,the ", "--center_crop");
    assertThat(sweep.trials())
        .extracting(trial -> trial.config().data().resolution())
        .containsExactly(64, 64, 128, 128);
    assertThat(sweep.trials())
        .extracting(trial -> trial.config().data().captions().prefix())
        .containsExactly("a", "the", "a", "the");
    TrainingConfig run = sweep.run(sweep.trials().get(3).config());
    assertThat(run.data().resolution()).as("that of the first trial").isEqualTo(64);
  }

  @Test
  void trialsThatWouldHoldOutOtherPicturesAreRefused() {
    assertThat(refused("--search=enable_bucket=true,false"))
        .contains("Unsupported --validation_split: the trials sort pictures into other sizes")
        .contains("give --validation_dataset_name");
    assertThat(refused("--search=resolution=256,512", "--enable_bucket")).contains("other sizes");
    Sweep alike = sweep("--search=center_crop=true,false", "--enable_bucket");
    assertThat(alike.trials()).hasSize(2);
    assertThat(refused("--search=caption_column=a,b", "--dataset_format=table"))
        .contains("Unsupported --search: caption_column with --dataset_format");
    assertThat(refused("--search=caption_column=a,b", "--on_bad_image=skip"))
        .contains("Unsupported --search: caption_column with --on_bad_image=skip");
  }

  /** An administrator's defaults are for everyone, and reach each trial once. */
  @Test
  void settingsOfOtherCommandsDoNotMatter() {
    System.setProperty("spark.lora.negative_prompt", "blurry");
    System.setProperty("spark.lora.halving", "2");
    System.setProperty("spark.lora.rank", "16");
    try {
      CommandRun run =
          CommandRun.of(
              "config",
              "tune",
              "--pretrained_model_name_or_path=src/quickstart/base-model",
              "--dataset_name=src/quickstart/ink",
              "--validation_split=0.1",
              "--max_train_steps=8",
              "--search=learning_rate=1e-3,1e-4");
      assertThat(run.code()).as(run.err()).isZero();
      assertThat(run.out())
          .containsPattern("rank +16 +spark.lora.rank")
          .containsPattern("halving +2 ");
    } finally {
      System.clearProperty("spark.lora.negative_prompt");
      System.clearProperty("spark.lora.halving");
      System.clearProperty("spark.lora.rank");
    }
  }

  @Test
  void aSweepGoesOnFromItsOwnTrialsAlone() {
    assertThat(refused("--search=rank=4,8", "--resume_from_checkpoint=/other/checkpoint-8"))
        .contains("Invalid --resume_from_checkpoint: ")
        .contains("give latest");
  }

  @Test
  void aTrialHasTheConfigurationOfARunOfTrain() {
    Sweep sweep = sweep("--search=learning_rate=1e-3,1e-4", "--search=rank=2,4", "--seed=3");
    assertThat(sweep.trials()).extracting(Trial::number).containsExactly(1, 2, 3, 4);
    assertThat(sweep.halving()).isEmpty();
    TrainingConfig second = sweep.trials().get(1).config();
    List<TrainingConfig> alone = new ArrayList<>();
    CommandLine train = new CommandLine(new TrainCommand(alone::add));
    Numbers.register(train);
    List<String> flags = new ArrayList<>(REQUIRED);
    flags.addAll(List.of("--learning_rate=1e-3", "--rank=4", "--seed=3"));
    assertThat(train.execute(flags.toArray(String[]::new))).isZero();
    assertThat(second.descent()).isEqualTo(alone.get(0).descent());
    assertThat(second.trainables()).isEqualTo(alone.get(0).trainables());
    assertThat(second.batch()).isEqualTo(alone.get(0).batch());
    assertThat(second.data()).isEqualTo(alone.get(0).data());
    assertThat(second.flags()).isEqualTo(alone.get(0).flags());
  }

  @Test
  void valuesWithCommasStandBetweenSemicolons() {
    List<Trial> trials = sweep("--search=lora_target_modules=to_q;to_k,to_v").trials();
    assertThat(trials)
        .extracting(trial -> trial.flags().get("lora_target_modules"))
        .containsExactly("to_q", "to_k,to_v");
    assertThat(trials.get(0).config().trainables())
        .isNotEqualTo(trials.get(1).config().trainables());
  }

  @Test
  void aRangeIsDrawnFromAsOftenAsThereAreTrials() {
    Sweep sweep =
        sweep(
            "--search=learning_rate=log(1e-5,1e-3)", "--trials=5", "--halving=2", "--tune_seed=1");
    assertThat(sweep.trials()).hasSize(5);
    assertThat(sweep.halving()).isEqualTo(OptionalInt.of(2));
    assertThat(sweep.trials())
        .allMatch(trial -> trial.config().optimizer().learningRate() >= 1e-5)
        .extracting(Trial::flags)
        .doesNotHaveDuplicates();
  }

  @Test
  void aTableHasARowForEachTrial() throws IOException {
    Path csv = folder.resolve("trials.csv");
    Files.writeString(csv, "lr_scheduler,rank\ncosine,8\nconstant,\n\"linear\",2\n");
    assertThat(sweep("--trials_table=" + csv).trials())
        .extracting(Trial::flags)
        .containsExactly(
            Map.of("lr_scheduler", "cosine", "rank", "8"),
            Map.of("lr_scheduler", "constant"),
            Map.of("lr_scheduler", "linear", "rank", "2"));
  }

  @Test
  void aTableMayBeParquetWithNumbers() throws IOException {
    Path parquet = folder.resolve("trials.parquet");
    TestDataset.write(
        parquet,
        MessageTypeParser.parseMessageType(
            "message t { optional double learning_rate; optional int32 rank; optional boolean"
                + " use_dora; }"),
        List.of(
            row -> row.append("learning_rate", 0.001).append("rank", 8),
            row -> row.append("rank", 2).append("use_dora", true)));
    assertThat(sweep("--trials_table=" + parquet).trials())
        .extracting(Trial::flags)
        .containsExactly(
            Map.of("learning_rate", "0.001", "rank", "8"), Map.of("rank", "2", "use_dora", "true"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lr=1e-4,2e-4 | Invalid --search: lr; train has no such flag. Did you mean learning_rate?",
        "dataset_name=/a,/b | Invalid --search: dataset_name; it says what is trained on",
        "max_train_samples=5,9 | Invalid --search: max_train_samples; it says what is trained on",
        "resolution=64,65 | Invalid --resolution: 65; it must be a positive multiple of 8",
        "max_token_length=75,150 | Invalid --search: max_token_length; all trials share",
        "seed=1,2 | Invalid --search: seed; it chooses the held-out pictures",
        "output_dir=a,b | Invalid --search: output_dir; it is no part of a recipe",
        "rank=4,,8 | Invalid --search: rank=4,,8; it has an empty value",
        "rank=4,4 | Invalid --search: rank=4,4; it has a value twice",
        "rank=4,0 | Invalid --rank: 0; ",
        "rank=four | Invalid --rank: four; ",
        "optimizer=adamw,adamv | Unknown --optimizer: adamv; did you mean adamw?",
        "rank=log(64,4) | Invalid --search: rank=log(64,4); a range has two numbers, the smaller",
        "learning_rate=log(0,1) | a logarithmic range begins above 0",
        "optimizer=uniform(1,2) | the flag takes no number; list its values",
        "rank=uniform(4,8) | Missing --trials: the number of trials, because --search has a range",
      })
  void aSearchThatCannotWorkIsRefusedInOneLine(String search, String message) {
    assertThat(refused("--search=" + search)).contains(message).hasLineCount(1);
  }

  @Test
  void tooManyTrialsAreRefused() {
    String many =
        "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32";
    assertThat(refused("--search=rank=" + many, "--search=lora_alpha=" + many))
        .contains("Invalid --search: 1024 trials; there may be at most 1000");
    assertThat(refused("--search=rank=2,4", "--trials=3"))
        .contains("Invalid --trials: 3; --search has only 2 different trials");
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThat(refused()).contains("Missing --search: a flag and the values to try");
    CommandRun run =
        CommandRun.of(
            "tune",
            "--pretrained_model_name_or_path=/m",
            "--dataset_name=/d",
            "--search=rank=2,4",
            "--halving=2");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err())
        .contains("Missing --validation_split: trials are compared by the loss of held-out")
        .contains("Missing --max_train_steps: --halving compares trials at the same steps");
    assertThat(refused("--search=max_train_steps=4,8", "--halving=2"))
        .contains("Invalid --halving: 2; max_train_steps is searched");
  }

  @Test
  void aTableThatCannotBeUsedIsRefused() throws IOException {
    Path csv = folder.resolve("trials.csv");
    assertThat(refused("--trials_table=" + csv)).contains("there is no file");
    Files.writeString(csv, "rank,lr\n4,1\n");
    assertThat(refused("--trials_table=" + csv)).contains("--trials_table: lr; train has no such");
    Files.writeString(csv, "rank\n");
    assertThat(refused("--trials_table=" + csv)).contains("it has no row below its names");
    Files.writeString(csv, "rank,use_dora\n4\n");
    assertThat(refused("--trials_table=" + csv)).contains("row 1 of").contains("must have 2");
    assertThat(refused("--trials_table=" + csv, "--search=rank=2")).contains("give one of them");
  }
}
